// A batch by nodemailer; test_programs_that_send.py starts it. What is wrong is thrown, and said.
"use strict";
const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const { createTransport } = require("nodemailer");

const [submission, submissions, user, pass, to, authority] = process.argv.slice(2);
const tls = { ca: readFileSync(authority), servername: "localhost" };

function transport(options) {
    return createTransport({ host: "localhost", tls, auth: { user, pass }, ...options });
}

async function main() {
    const clear = transport({ port: Number(submission), secure: false, requireTLS: true, authMethod: "LOGIN" });
    assert.ok(await clear.verify());
    const one = await clear.sendMail({
        from: user,
        to,
        subject: "Résultats d'analyse",
        text: "Bonjour,\n.\nÀ bientôt\n",
        attachments: [{ filename: "é.pdf", content: Buffer.concat([Buffer.from("%PDF-1.7\n"), Buffer.alloc(300000, 7)]) }],
        dsn: { id: "nuit-7", return: "headers", notify: ["success", "failure"], recipient: to },
    });
    assert.match(one.response, /^250 2\.0\.0 Accepted as /);
    clear.close();

    const pool = transport({ port: Number(submissions), secure: true, pool: true, maxConnections: 3 });
    const sent = await Promise.all(
        Array.from({ length: 12 }, (_, n) => pool.sendMail({ from: user, to, subject: `Lettre ${n}`, text: "x" })),
    );
    assert.equal(new Set(sent.map((info) => info.response)).size, 12);
    await assert.rejects(pool.sendMail({ from: "autre@cabinet.mssante.fr", to, text: "x" }), {
        responseCode: 550,
        response: /^550-5\.7\.1 \[MSS-SND-2\] [^\n]*compte[^\n]*\n550 5\.7\.1 \[MSS-SND-2\] [^\n]*signed in with$/,
    });
    pool.close();

    const wrong = transport({ port: Number(submissions), secure: true, auth: { user, pass: "faux" } });
    await assert.rejects(wrong.verify(), { code: "EAUTH", responseCode: 535 });
    wrong.close();
}

main().catch((error) => {
    console.error(error);
    process.exitCode = 1;
});

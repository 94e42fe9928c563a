// A day's work with imapflow; test_imap_with_imapflow.py starts it. What is wrong is thrown, and said.
"use strict";
const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const { ImapFlow } = require("imapflow");

const [port, user, pass, authority, letterFile] = process.argv.slice(2);
const letter = readFileSync(letterFile);

const said = [];
const note = (entry) => said.push(String(entry.msg));

function client(options) {
    return new ImapFlow({
        host: "localhost",
        port: Number(port),
        secure: true,
        auth: { user, pass },
        tls: { ca: readFileSync(authority), servername: "localhost" },
        logger: { trace: note, debug: note, info: note, warn: note, error: note },
        ...options,
    });
}

function once(emitter, event) {
    return new Promise((resolve) => emitter.once(event, resolve));
}

async function whole(stream) {
    const pieces = [];
    for await (const piece of stream) pieces.push(piece);
    return Buffer.concat(pieces);
}

async function main() {
    const refused = client({ auth: { user, pass: "wrong" } });
    refused.on("error", () => {});
    await assert.rejects(refused.connect(), (error) => error.authenticationFailed === true);

    const flow = client({ qresync: true, clientInfo: { name: "imapflow" } });
    await flow.connect();
    assert.ok(flow.enabled.has("CONDSTORE"));
    assert.equal(flow.serverInfo.name, "Vaguemestre");
    for (const command of [/ COMPRESS DEFLATE/, / ENABLE .*\bQRESYNC\b/]) {
        assert.ok(said.some((line) => command.test(line)), command.source);
    }

    const boxes = await flow.list({ statusQuery: { messages: true, unseen: true } });
    const uses = new Map(boxes.map((box) => [box.specialUse, box]));
    for (const use of ["\\Inbox", "\\Sent", "\\Drafts", "\\Trash", "\\Junk"]) assert.ok(uses.has(use), use);
    assert.equal(uses.get("\\Inbox").status.messages, 0);
    assert.deepEqual((await flow.mailboxCreate(["Dossiers", "Été"])).created, true);
    assert.equal((await flow.mailboxCreate("Dossiers/Été")).created, false);

    const filed = await flow.append("INBOX", letter, ["\\Flagged", "$Urgent"], new Date("2026-11-20T10:00:00Z"));
    assert.equal(filed.uid, 1);
    const opened = await flow.mailboxOpen("INBOX");
    assert.equal(opened.exists, 1);
    assert.equal(opened.uidNext, 2);
    assert.ok(opened.highestModseq > 0n);
    assert.ok(opened.permanentFlags.has("\\*"));

    const message = await flow.fetchOne("1", {
        uid: true, flags: true, envelope: true, bodyStructure: true, internalDate: true, size: true,
        source: true, threadId: true, headers: ["subject"], bodyParts: ["1", "2.mime"],
    });
    assert.equal(message.source.compare(letter), 0);
    assert.equal(message.size, letter.length);
    assert.equal(message.envelope.subject, "Résultats d'analyse");
    assert.deepEqual([...message.flags].sort(), ["$Urgent", "\\Flagged"]);
    assert.equal(message.internalDate.toISOString(), "2026-11-20T10:00:00.000Z");
    assert.equal(message.bodyStructure.childNodes[1].dispositionParameters.filename, "é.pdf");
    assert.match(message.emailId, /./);
    assert.match(message.headers.toString(), /^Subject: /);
    const { content, meta } = await flow.download("1", "2");
    const pdf = await whole(content);
    assert.equal(meta.contentType, "application/pdf");
    assert.equal(pdf.length, 102409);

    assert.deepEqual(await flow.search({ subject: "résultats", flagged: true }), [1]);
    assert.deepEqual(await flow.search({ or: [{ header: { "message-id": "<1@a.fr>" } }, { seen: true }] }), [1]);
    assert.deepEqual(await flow.search({ keyword: "$Urgent", since: new Date("2026-11-19") }, { uid: true }), [1]);
    assert.deepEqual(await flow.search({ body: "nulle part" }), []);

    // Another connection's changes reach this one, which idles.
    const other = client();
    await other.connect();
    const idling = flow.idle();
    const arrived = once(flow, "exists");
    await other.append("INBOX", letter);
    assert.deepEqual((({ count, prevCount }) => ({ count, prevCount }))(await arrived), { count: 2, prevCount: 1 });
    await other.mailboxOpen("INBOX");
    const changed = once(flow, "flags");
    await other.messageFlagsAdd({ uid: "2" }, ["\\Seen"], { uid: true });
    assert.ok((await changed).flags.has("\\Seen"));
    const gone = once(flow, "expunge");
    await other.messageDelete("2", { uid: true });
    const expunged = await gone;
    assert.equal(expunged.vanished ? expunged.uid : expunged.seq, 2);
    await flow.noop();
    await idling;
    await other.logout();

    assert.ok(await flow.messageFlagsRemove("1", ["\\Flagged"]));
    const copied = await flow.messageCopy("1", "Dossiers/Été");
    assert.deepEqual([...copied.uidMap], [[1, 1]]);
    const moved = await flow.messageMove("1", "Trash");
    assert.deepEqual([...moved.uidMap], [[1, 1]]);
    assert.deepEqual(await flow.search({ all: true }), []);
    assert.equal((await flow.status("Trash", { messages: true, uidNext: true })).uidNext, 2);
    const quota = await flow.getQuota("INBOX");
    assert.equal(quota.path, "INBOX");

    const lock = await flow.getMailboxLock("Dossiers/Été");
    const read = [];
    for await (const each of flow.fetch("1:*", { envelope: true, flags: true })) read.push(each.uid);
    lock.release();
    assert.deepEqual(read, [1]);
    await flow.mailboxRename("Dossiers/Été", "Dossiers/Automne");
    assert.ok(await flow.mailboxDelete("Dossiers/Automne"));
    await flow.logout();
}

main().then(
    () => process.exit(0),
    (error) => {
        console.error(error);
        process.exit(1);
    },
);

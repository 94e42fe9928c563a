// An address typed into Thunderbird's new account; test_set_up_with_thunderbird.py sends it there.
// The answer is what it found out by itself. What is wrong is thrown, and handed back as "wrong".
const [given, done] = arguments;

const { AccountConfig } = ChromeUtils.importESModule("resource:///modules/accountcreation/AccountConfig.sys.mjs");
const { FetchConfig } = ChromeUtils.importESModule("resource:///modules/accountcreation/FetchConfig.sys.mjs");

(async () => {
    const certificates = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB);
    certificates.addCertFromBase64(given.authority, "CT,CT,CT");
    // The names of the domain lead to this machine, and port 443 to that of the test.
    Services.prefs.setStringPref("network.dns.localDomains", `${given.domain},autoconfig.${given.domain}`);
    Services.prefs.setStringPref("network.socket.forcePort", `443=${given.port}`);
    const found = await FetchConfig.fromISP(given.domain, given.address, new AbortController().signal);
    AccountConfig.replaceVariables(found, "Claire Martin", given.address, "");
    const of = ({ hostname, port, socketType, username, auth }) => ({ hostname, port, socketType, username, auth });
    return { source: found.subSource, incoming: of(found.incoming), outgoing: of(found.outgoing) };
})().then(
    (found) => done({ found }),
    (error) => done({ wrong: `${error}\n${error.stack}` }),
);

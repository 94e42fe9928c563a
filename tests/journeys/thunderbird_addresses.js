// Names typed inside Thunderbird; test_address_book_with_thunderbird.py sends it there, as a function's body.
// The answer is what «To» would propose. What is wrong is thrown, and handed back as "wrong".
const [given, done] = arguments;

const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");

function trust(authority) {
    const certificates = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB);
    certificates.addCertFromBase64(authority, "CT,CT,CT");
}

async function addDirectory() {
    // What the window of directory servers writes, and a password that was kept at the first search.
    const url = `ldaps://127.0.0.1:${given.port}/${given.base}??sub?(objectclass=*)`;
    const type = Ci.nsIAbManager.LDAP_DIRECTORY_TYPE;
    const name = MailServices.ab.newAddressBook("Annuaire", url, type);
    const directory = MailServices.ab.getDirectoryFromId(name);
    const ldap = directory.QueryInterface(Ci.nsIAbLDAPDirectory);
    ldap.authDn = given.user;
    const login = Cc["@mozilla.org/login-manager/loginInfo;1"].createInstance(Ci.nsILoginInfo);
    const realm = ldap.lDAPURL.spec;
    login.init(`ldaps://127.0.0.1:${given.port}`, null, realm, "", given.password, "", "");
    await Services.logins.addLoginAsync(login);
    Services.prefs.setBoolPref("ldap_2.autoComplete.useDirectory", true);
    Services.prefs.setStringPref("ldap_2.autoComplete.directoryServer", name);
}

function proposed(typed) {
    const search = Cc["@mozilla.org/autocomplete/search;1?name=ldap"].createInstance(Ci.nsIAutoCompleteSearch);
    return new Promise((resolve) => {
        search.startSearch(typed, JSON.stringify({ type: "addr_to", idKey: "" }), null, {
            onSearchResult(_search, result) {
                if (result.searchResult === Ci.nsIAutoCompleteResult.RESULT_NOMATCH_ONGOING) return;
                if (result.searchResult === Ci.nsIAutoCompleteResult.RESULT_SUCCESS_ONGOING) return;
                resolve(Array.from({ length: result.matchCount }, (_, n) => result.getValueAt(n)));
            },
        });
    });
}

(async () => {
    trust(given.authority);
    await addDirectory();
    const found = [];
    for (const typed of given.typed) found.push(await proposed(typed));
    return found;
})().then(
    (found) => done({ found }),
    (error) => done({ wrong: `${error}\n${error.stack}` }),
);

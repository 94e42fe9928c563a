// A day's work inside Thunderbird; test_imap_with_thunderbird.py sends it there, as the body of a function.
// Each part of the day is a script of its own. What is wrong is thrown, and handed back as "wrong".
const [part, given, done] = arguments;

const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const Flags = Ci.nsMsgFolderFlags;

function succeeded(resolve, reject) {
    return (status) => {
        if (Components.isSuccessCode(status)) resolve();
        else reject(new Error(`status ${status.toString(16)}`));
    };
}

function ended(start) {
    // One operation of the mail engine: over when its URL has been run.
    return new Promise((resolve, reject) => {
        const stopped = succeeded(resolve, reject);
        start({ OnStartRunningUrl() {}, OnStopRunningUrl: (url, status) => stopped(status) });
    });
}

function copied(start) {
    return new Promise((resolve, reject) => {
        const onStopCopy = succeeded(resolve, reject);
        const getMessageId = () => null;
        start({ onStartCopy() {}, onProgress() {}, setMessageKey() {}, getMessageId, onStopCopy });
    });
}

function told(check) {
    // Once a folder listener is told of anything that makes the check true, or it is already.
    return new Promise((resolve) => {
        const look = () => {
            if (!check()) return;
            MailServices.mailSession.RemoveFolderListener(listener);
            resolve();
        };
        const listener = {
            onFolderAdded: look,
            onMessageAdded: look,
            onMessageRemoved: look,
            onFolderIntPropertyChanged: look,
            onFolderPropertyFlagChanged: look,
            QueryInterface: ChromeUtils.generateQI(["nsIFolderListener"]),
        };
        MailServices.mailSession.AddFolderListener(listener, Ci.nsIFolderListener.all);
        look();
    });
}

function streamed(folder, message) {
    // The message as it came, octets as Latin-1.
    const uri = folder.getUriForMsg(message);
    return new Promise((resolve, reject) => {
        const pieces = [];
        const stopped = succeeded(() => resolve(pieces.join("")), reject);
        const listener = {
            onStartRequest() {},
            onDataAvailable(request, stream, offset, count) {
                const binary = Cc["@mozilla.org/binaryinputstream;1"].createInstance(Ci.nsIBinaryInputStream);
                binary.setInputStream(stream);
                pieces.push(binary.readBytes(count));
            },
            onStopRequest: (request, status) => stopped(status),
            QueryInterface: ChromeUtils.generateQI(["nsIStreamListener", "nsIRequestObserver"]),
        };
        MailServices.messageServiceFromURI(uri).streamMessage(uri, listener, null, null, false, "");
    });
}

const account = () => MailServices.accounts.accounts.find((each) => each.incomingServer.type === "imap");
const box = (flag) => account().incomingServer.rootFolder.getFolderWithFlags(flag);
const subjects = (folder) => [...folder.messages].map((message) => message.mime2DecodedSubject);
const named = (folder, subject) => [...folder.messages].find((each) => each.mime2DecodedSubject === subject);

function holds(folder, wanted) {
    // Reads its list of messages again, and waits until these are in it.
    folder.updateFolder(null);
    return told(() => subjects(folder).sort().join() === wanted.join());
}

const parts = {
    async signIn({ port, user, password, authority, wanted }) {
        const certificates = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB);
        certificates.addCertFromBase64(authority, "CT,,");
        const server = MailServices.accounts.createIncomingServer(user, "localhost", "imap");
        server.port = port;
        server.socketType = Ci.nsMsgSocketType.SSL;
        server.authMethod = Ci.nsMsgAuthMethod.passwordCleartext;
        server.password = password;
        const created = MailServices.accounts.createAccount();
        created.addIdentity(MailServices.accounts.createIdentity());
        created.incomingServer = server;
        const inbox = box(Flags.Inbox).QueryInterface(Ci.nsIMsgImapMailFolder);
        await ended((listener) => inbox.updateFolderWithListener(null, listener)); // finds the mailboxes
        await holds(inbox, wanted);
        const uses = { sent: Flags.SentMail, drafts: Flags.Drafts, trash: Flags.Trash, junk: Flags.Junk };
        await told(() => Object.values(uses).every(box)); // INBOX may be done before the others are found
        const found = Object.entries(uses).map(([use, flag]) => [use, box(flag)?.name]);
        const names = server.rootFolder.descendants.map((folder) => folder.name);
        return { names, uses: Object.fromEntries(found) };
    },

    async read({ subject }) {
        const inbox = box(Flags.Inbox);
        return streamed(inbox, named(inbox, subject));
    },

    async sort({ letter }) {
        const inbox = box(Flags.Inbox);
        const root = account().incomingServer.rootFolder;
        root.createSubfolder("Été", null);
        await told(() => root.containsChildNamed("Été"));
        const dossier = root.getChildNamed("Été");
        inbox.markMessagesRead([named(inbox, "Lettre 1")], true);
        inbox.markMessagesFlagged([named(inbox, "Lettre 2")], true);
        inbox.addKeywordsToMessages([named(inbox, "Lettre 2")], "$label1");
        await copied((listener) => MailServices.copy.copyMessages(
            inbox, [named(inbox, "Lettre 3")], dossier, true, listener, null, false));
        await copied((listener) => inbox.deleteMessages(
            [named(inbox, "Lettre 4")], null, false, true, listener, false));
        const file = Cc["@mozilla.org/file/local;1"].createInstance(Ci.nsIFile);
        file.initWithPath(letter);
        await copied((listener) => MailServices.copy.copyFileMessage(
            file, box(Flags.SentMail), null, false, Ci.nsMsgMessageFlags.Read, "", listener, null));
        await holds(dossier, ["Lettre 3"]);
        await holds(inbox, ["Lettre 1", "Lettre 2"]);
    },

    async look({ wanted }) {
        await holds(box(Flags.Inbox), wanted);
    },
};

parts[part](given).then((found) => done({ found }), (error) => done({ wrong: `${error}\n${error.stack}` }));

"""The statements of the hot path, written by hand and kept together. architecture.md, Lanes.

One spelling for both databases: parameters are ``:name``, ``ANY_OF(:name)`` stands for membership in a
list of integers, ``GIVING(column)`` asks for the number an inserted row got; ``store/dialects`` turn these
into what their library wants. Rows come eight times
faster this way than as entities of the mapper. Statements that say FOR NO KEY UPDATE are run on
PostgreSQL alone, where writers are several (docs/decisions/0005-row-locks-on-postgresql.md).
"""

from typing import Final

BAL_COLUMNS: Final = """
    b.id, b.address, b.kind, b.state, b.name, b.rpps, b.finess, b.quota, b.used, b.created_at,
    b.sector, b.is_unlisted
"""
_BAL: Final = f"SELECT {BAL_COLUMNS} FROM bal b"  # noqa: S608 (written above)
BAL_BY_ID: Final = _BAL + " WHERE b.id = :id"
STATE_OF: Final = "SELECT state FROM bal WHERE id = :id"
BAL_BY_ADDRESS: Final = _BAL + " JOIN alias a ON a.bal = b.id WHERE a.address_key = :key"
BALS: Final = _BAL
BALS_OF_KIND: Final = _BAL + " WHERE b.kind = :kind"
ALIAS_EXISTS: Final = "SELECT 1 FROM alias WHERE address_key = :key"
ADD_PARTY: Final = "INSERT INTO party (address_key) VALUES (NULL) GIVING(id)"
COME_HERE: Final = """
UPDATE party SET address_key = NULL, address = NULL, met_at = NULL WHERE address_key = :key RETURNING id
"""
ADD_BAL: Final = """
INSERT INTO bal (id, address, kind, state, name, rpps, finess, quota, used, last_uid_validity, created_at,
    sector, is_unlisted)
VALUES (:id, :address, :kind, :state, :name, :rpps, :finess, :quota, 0, 0, :created_at,
    :sector, :is_unlisted)
"""
ADD_ALIAS: Final = """
INSERT INTO alias (address_key, bal) VALUES (:key, :bal) ON CONFLICT (address_key) DO NOTHING RETURNING bal
"""
DROP_BAL: Final = "DELETE FROM bal WHERE id = :id"
SET_STATE: Final = "UPDATE bal SET state = :state WHERE id = :id"
DESCRIBE_BAL: Final = "UPDATE bal SET sector = :sector, is_unlisted = :is_unlisted WHERE id = :id"
_CREDENTIAL: Final = (
    "SELECT id, device, kept, salt, iterations, stored_key, server_key, created_at, last_used_at FROM secret"
)
CREDENTIALS: Final = _CREDENTIAL + " WHERE bal = :bal ORDER BY device <> '', id"
SET_OWN: Final = """
INSERT INTO secret (bal, device, kept, salt, iterations, stored_key, server_key, created_at)
VALUES (:bal, '', :kept, :salt, :iterations, :stored_key, :server_key, :created_at)
ON CONFLICT (bal, device) DO UPDATE SET kept = excluded.kept, salt = excluded.salt,
    iterations = excluded.iterations, stored_key = excluded.stored_key, server_key = excluded.server_key,
    created_at = excluded.created_at, last_used_at = NULL
"""
ADD_DEVICE: Final = """
INSERT INTO secret (bal, device, kept, salt, iterations, stored_key, server_key, created_at)
VALUES (:bal, :device, :kept, :salt, :iterations, :stored_key, :server_key, :created_at)
ON CONFLICT (bal, device) DO NOTHING RETURNING id
"""
REMOVE_DEVICE: Final = "DELETE FROM secret WHERE bal = :bal AND device = :device RETURNING id"
SET_SCRAM: Final = """
UPDATE secret SET salt = :salt, iterations = :iterations, stored_key = :stored_key, server_key = :server_key
WHERE id = :id
"""
NOTE_USE: Final = "UPDATE secret SET last_used_at = :at WHERE id = :id"
CERTIFICATES: Final = "SELECT subject, subject_key FROM client_certificate WHERE bal = :bal"
OPENED_BY: Final = _BAL + " JOIN client_certificate c ON c.bal = b.id WHERE c.subject_key = :key"
ADD_CERTIFICATE: Final = """
INSERT INTO client_certificate (bal, subject_key, subject) VALUES (:bal, :key, :subject)
ON CONFLICT (subject_key, bal) DO NOTHING
"""
REMOVE_CERTIFICATE: Final = """
DELETE FROM client_certificate WHERE bal = :bal AND subject_key = :key RETURNING bal
"""
FAILURES: Final = "SELECT failures, failed_at FROM sign_in_failure WHERE failure_key = :key"
SET_FAILURES: Final = """
INSERT INTO sign_in_failure (failure_key, failures, failed_at) VALUES (:key, :failures, :at)
ON CONFLICT (failure_key) DO UPDATE SET failures = excluded.failures, failed_at = excluded.failed_at
"""
DROP_FAILURES: Final = "DELETE FROM sign_in_failure WHERE failure_key = :key"
FORGET_FAILURES: Final = "DELETE FROM sign_in_failure WHERE failed_at < :before"

ADD_USED: Final = """
UPDATE bal SET used = used + :size WHERE id = (SELECT bal FROM mailbox WHERE id = :mailbox) RETURNING kind
"""
ADD_USED_OF: Final = "UPDATE bal SET used = used + :size WHERE id = :bal RETURNING kind"
LOCK_BAL: Final = "SELECT 1 FROM bal WHERE id = :bal FOR NO KEY UPDATE"
LOCK_PARTY: Final = "SELECT 1 FROM party WHERE id = :bal FOR NO KEY UPDATE"
LOCK_BAL_OF: Final = """
SELECT 1 FROM bal WHERE id = (SELECT bal FROM mailbox WHERE id = :mailbox) FOR NO KEY UPDATE
"""
LOCK_CITIZEN_OF: Final = """
SELECT 1 FROM bal WHERE id = (SELECT citizen FROM conversation WHERE id = :conversation) FOR NO KEY UPDATE
"""
LOCK_CORRESPONDENT_OF: Final = """
SELECT 1 FROM party WHERE id = (SELECT citizen FROM conversation WHERE id = :conversation) FOR NO KEY UPDATE
"""

_MAILBOX: Final = """
SELECT id, bal, name, special_use, subscribed, uid_validity, uid_next, highest_modseq, drawer FROM mailbox
"""
MAILBOXES_OF: Final = _MAILBOX + " WHERE bal = :bal"
MAILBOX_BY_ID: Final = _MAILBOX + " WHERE id = :id"
MAILBOX_BY_NAME: Final = _MAILBOX + " WHERE bal = :bal AND name = :name"
NEXT_UID_VALIDITY: Final = """
UPDATE bal SET last_uid_validity =
    CASE WHEN last_uid_validity >= :seconds THEN last_uid_validity + 1 ELSE :seconds END
WHERE id = :bal RETURNING last_uid_validity
"""
ADD_MAILBOX: Final = """
INSERT INTO mailbox (bal, name, special_use, subscribed, drawer, uid_validity, uid_next, highest_modseq)
VALUES (:bal, :name, :special_use, :subscribed, :drawer, :uid_validity, 1, 1)
ON CONFLICT (bal, name) DO NOTHING RETURNING id
"""
RENAME_MAILBOX: Final = "UPDATE mailbox SET name = :name WHERE id = :id"
SET_SUBSCRIBED: Final = """
UPDATE mailbox SET subscribed = :subscribed WHERE id = :id RETURNING bal, highest_modseq
"""
DROP_EXPUNGED: Final = "DELETE FROM expunged WHERE mailbox = :mailbox"
DROP_MAILBOX: Final = "DELETE FROM mailbox WHERE id = :mailbox"
COUNTS: Final = """
SELECT count(*),
       CAST(coalesce(sum(CASE WHEN flags & 1 = 0 THEN 1 ELSE 0 END), 0) AS BIGINT),
       CAST(coalesce(sum(CASE WHEN flags & 8 <> 0 THEN 1 ELSE 0 END), 0) AS BIGINT),
       CAST(coalesce(sum(size), 0) AS BIGINT)
FROM message WHERE mailbox = :mailbox
"""
MESSAGE_COUNT: Final = "SELECT count(*) FROM message WHERE mailbox = :mailbox"
KEYWORDS: Final = "SELECT name, keyword_key, bit FROM keyword WHERE bal = :bal ORDER BY bit"
ADD_KEYWORD: Final = """
INSERT INTO keyword (bal, bit, name, keyword_key) VALUES (:bal, :bit, :name, :keyword_key)
"""

HIGHEST_MODSEQ: Final = "SELECT highest_modseq, bal FROM mailbox WHERE id = :mailbox"
ADVANCE: Final = """
UPDATE mailbox SET uid_next = uid_next + :count, highest_modseq = highest_modseq + 1
WHERE id = :mailbox RETURNING uid_next, highest_modseq, bal, drawer
"""
ADVANCE_INBOX: Final = """
UPDATE mailbox SET uid_next = uid_next + 1, highest_modseq = highest_modseq + 1
WHERE bal = :bal AND name = 'INBOX' RETURNING id, uid_next, highest_modseq, drawer
"""
ADD_MESSAGE: Final = """
INSERT INTO message
    (mailbox, uid, flags, modseq, size, internal_date, conversation, body, kind, filed_at, expires_at,
    saved_at, drawer, put_at)
VALUES (:mailbox, :uid, :flags, :modseq, :size, :internal_date, :conversation, :body, :kind,
    :filed_at, :expires_at, :saved_at, :drawer, :put_at)
"""
_ROWS: Final = "SELECT uid, flags, modseq, size, internal_date, conversation, body FROM message"
ROWS: Final = _ROWS + " WHERE mailbox = :mailbox ORDER BY uid"
ROWS_FROM: Final = _ROWS + " WHERE mailbox = :mailbox AND uid >= :first ORDER BY uid LIMIT :limit"
ROWS_BEFORE: Final = _ROWS + " WHERE mailbox = :mailbox AND uid < :before ORDER BY uid DESC LIMIT :limit"
ROW: Final = _ROWS + " WHERE mailbox = :mailbox AND uid = :uid"
# + keeps SQLite on the index by modseq; without it, it walks the whole mailbox for the sake of the order.
ROWS_AFTER: Final = _ROWS + " WHERE mailbox = :mailbox AND modseq > :after ORDER BY +uid"
SAVED: Final = """
SELECT uid, coalesce(saved_at, filed_at) FROM message WHERE mailbox = :mailbox AND uid ANY_OF(:uids)
"""
SET_FLAGS: Final = """
UPDATE message SET flags = :flags, modseq = :modseq WHERE mailbox = :mailbox AND uid = :uid
"""
NOT_SHOWING: Final = """
SELECT DISTINCT m.mailbox FROM message m JOIN mailbox x ON x.id = m.mailbox
WHERE m.conversation = :conversation AND x.bal = :bal AND (m.flags & :mask) <> :shown ORDER BY m.mailbox
"""
# + keeps SQLite on the index by conversation, where it would walk the mailbox.
SHOW: Final = """
UPDATE message SET flags = (flags & :others) | :shown, modseq = :modseq
WHERE conversation = :conversation AND +mailbox = :mailbox AND (flags & :mask) <> :shown
"""
FOR_COPY: Final = """
SELECT uid, flags, size, internal_date, conversation, body, filed_at, expires_at FROM message
WHERE mailbox = :mailbox AND uid ANY_OF(:uids) ORDER BY uid
"""
FOR_REMOVAL: Final = """
SELECT uid, size, body FROM message WHERE mailbox = :mailbox AND uid ANY_OF(:uids) ORDER BY uid
"""
ALL_FOR_REMOVAL: Final = "SELECT uid, size, body FROM message WHERE mailbox = :mailbox ORDER BY uid"
REMOVE: Final = "DELETE FROM message WHERE mailbox = :mailbox AND uid ANY_OF(:uids)"
ADD_EXPUNGED: Final = """
INSERT INTO expunged (mailbox, modseq, uid)
SELECT mailbox, :modseq, uid FROM message WHERE mailbox = :mailbox AND uid ANY_OF(:uids)
"""
EXPUNGED_AFTER: Final = "SELECT uid FROM expunged WHERE mailbox = :mailbox AND modseq > :after ORDER BY uid"
FORGOTTEN_MODSEQ: Final = "SELECT forgotten_modseq FROM mailbox WHERE id = :mailbox"
SPARED: Final = "SELECT uid FROM message WHERE mailbox = :mailbox AND uid ANY_OF(:uids)"
NEXT_REMEMBERING: Final = "SELECT mailbox FROM expunged WHERE mailbox > :after ORDER BY mailbox LIMIT 1"
EXPUNGED_BEYOND: Final = """
SELECT modseq FROM expunged WHERE mailbox = :mailbox ORDER BY modseq DESC, uid DESC LIMIT 1 OFFSET :kept
"""
EARLIEST_EXPUNGED: Final = """
SELECT modseq, uid FROM expunged WHERE mailbox = :mailbox AND modseq <= :up_to
ORDER BY modseq, uid LIMIT :limit
"""
SET_FORGOTTEN: Final = """
UPDATE mailbox SET forgotten_modseq = :modseq WHERE id = :mailbox AND forgotten_modseq < :modseq
"""
FORGET_EXPUNGED: Final = """
DELETE FROM expunged WHERE mailbox = :mailbox AND (modseq, uid) <= (:modseq, :uid)
"""
ADD_BODY: Final = """
INSERT INTO body (id, bal, day, size, location, wrapped_key, uses, orphaned_at, card)
VALUES (:id, :bal, :day, :size, :location, :wrapped_key, 1, NULL, :card) GIVING(number)
"""
ADD_OCTETS: Final = "INSERT INTO octets (body, octets) VALUES (:body, :octets)"
_BODY_COLUMNS: Final = "b.id, b.bal, b.day, b.size, o.octets, b.location, b.wrapped_key, b.card"
_OCTETS: Final = "LEFT JOIN octets o ON o.body = b.number"
_BETWEEN: Final = "m.mailbox = :mailbox AND m.uid BETWEEN :first AND :last"
BODY: Final = f"SELECT {_BODY_COLUMNS} FROM body b {_OCTETS} WHERE b.id = :id"  # noqa: S608 (written above)
BODIES_BETWEEN: Final = f"""
SELECT {_BODY_COLUMNS} FROM message m JOIN body b ON b.id = m.body {_OCTETS} WHERE {_BETWEEN}
"""  # noqa: S608 (written above)
CARDS_BETWEEN: Final = f"""
SELECT b.id, b.bal, b.day, b.card FROM message m JOIN body b ON b.id = m.body WHERE {_BETWEEN}
"""  # noqa: S608 (written above)
CARDS_AT_ONCE: Final = 64  # twice as fast as one by one; more brings no more
_IDS: Final = ", ".join(f":id{number}" for number in range(CARDS_AT_ONCE))
CARDS: Final = f"SELECT id, bal, day, card FROM body WHERE id IN ({_IDS})"  # noqa: S608 (names of parameters)
USE_BODY: Final = "UPDATE body SET uses = uses + 1, orphaned_at = NULL WHERE id = :id"
LEAVE_BODY: Final = """
UPDATE body SET uses = uses - 1, orphaned_at = CASE WHEN uses = 1 THEN :now ELSE orphaned_at END
WHERE id = :id
"""
# Of many messages at once: one by one, a thousand copied or removed take a millisecond or two more.
_THEIR_BODIES: Final = """FROM (
    SELECT body AS id, count(*) AS count FROM message
    WHERE mailbox = :mailbox AND uid ANY_OF(:uids) GROUP BY body
) AS their WHERE body.id = their.id"""
USE_BODIES: Final = f"""
UPDATE body SET uses = uses + their.count, orphaned_at = NULL {_THEIR_BODIES}
"""  # noqa: S608 (written above)
LEAVE_BODIES: Final = f"""
UPDATE body SET uses = uses - their.count,
    orphaned_at = CASE WHEN uses = their.count THEN :now ELSE orphaned_at END {_THEIR_BODIES}
"""  # noqa: S608 (written above)
ORPHANS: Final = """
SELECT id, bal, day, size, location, wrapped_key FROM body
WHERE orphaned_at IS NOT NULL AND orphaned_at < :before ORDER BY orphaned_at LIMIT :limit
"""
LOCATED: Final = """
SELECT 1 FROM body WHERE location = :location
UNION ALL SELECT 1 FROM outbound_message WHERE location = :location LIMIT 1
"""
DAYS_IN_USE: Final = "SELECT day FROM body WHERE bal = :bal UNION SELECT day FROM contact WHERE bal = :bal"

CONVERSATION: Final = "SELECT id, citizen, opened_at, last_message_at FROM conversation WHERE id = :id"
START: Final = """
INSERT INTO conversation (citizen, opened_at, last_message_at) VALUES (:citizen, :now, :now) GIVING(id)
"""
FOUND_BY: Final = "SELECT conversation FROM reference WHERE citizen = :citizen AND digest = :digest"
TOUCH_CONVERSATION: Final = """
UPDATE conversation SET last_message_at = :now WHERE id = :conversation RETURNING citizen
"""
REMEMBER: Final = """
INSERT INTO reference (citizen, digest, conversation) VALUES (:citizen, :digest, :conversation)
ON CONFLICT (citizen, digest) DO NOTHING
"""
PAIRS: Final = "SELECT conversation, citizen, professional, opened_at, closed_at, closed_by FROM pair"
PAIR: Final = PAIRS + " WHERE conversation = :conversation AND professional_key = :professional"
ANY_OPEN_PAIR: Final = """
SELECT 1 FROM pair WHERE conversation = :conversation AND closed_at IS NULL LIMIT 1
"""
OPEN_SIDES: Final = """
SELECT p.conversation, p.citizen, p.professional, p.opened_at, p.closed_at, p.closed_by, c.last_message_at
FROM pair p JOIN conversation c ON c.id = p.conversation
WHERE p.closed_at IS NULL AND p.conversation > :after
ORDER BY p.conversation, p.professional_key LIMIT :limit
"""
OPEN_PAIR: Final = """
INSERT INTO pair (conversation, professional_key, professional, citizen, opened_at, closed_at, closed_by)
SELECT c.id, :key, :professional, c.citizen, :now, NULL, NULL FROM conversation c WHERE c.id = :conversation
ON CONFLICT (conversation, professional_key)
DO UPDATE SET opened_at = excluded.opened_at, closed_at = NULL, closed_by = NULL
    WHERE pair.closed_at IS NOT NULL
"""
CLOSE_PAIR: Final = """
UPDATE pair SET closed_at = :now, closed_by = :by
WHERE conversation = :conversation AND professional_key = :key AND closed_at IS NULL
"""

OWE_NOTICE: Final = """
INSERT INTO closing_notice (bal, conversation, closed_by, since) VALUES (:bal, :conversation, :by, :now)
ON CONFLICT (bal, conversation) DO NOTHING
"""
NOTICES_OWED: Final = """
SELECT bal, conversation, closed_by, since FROM closing_notice ORDER BY bal, conversation LIMIT :limit
"""
STRIKE_NOTICE: Final = """
DELETE FROM closing_notice WHERE bal = :bal AND conversation = :conversation RETURNING since
"""
LATEST_IN_CONVERSATION: Final = """
SELECT m.body FROM message m JOIN mailbox b ON b.id = m.mailbox
WHERE m.conversation = :conversation AND b.bal = :bal ORDER BY m.filed_at DESC, m.uid DESC LIMIT :limit
"""

RECORD: Final = """
INSERT INTO journal (at, actor, event, bal, detail, salt, seal)
VALUES (:at, :actor, :event, :bal, :detail, :salt, :seal)
"""
_ENTRIES: Final = "SELECT at, actor, event, bal, detail FROM journal"
ENTRIES: Final = _ENTRIES + " ORDER BY id DESC LIMIT :limit"
ENTRIES_OF: Final = _ENTRIES + " WHERE bal = :bal ORDER BY id DESC LIMIT :limit"
ENTRIES_SAYING: Final = _ENTRIES + " WHERE event = :event ORDER BY id DESC LIMIT :limit"
# Of one bal there are some lines, of one event a million: SQLite, which has no figures of its tables here,
# would take either index, so that of events is kept out of its way.
ENTRIES_OF_SAYING: Final = (
    _ENTRIES + " WHERE bal = :bal AND event || '' = :event ORDER BY id DESC LIMIT :limit"
)

BEGIN_SUBMISSION: Final = """
INSERT INTO submission
    (queue_id, sender, identifier, fingerprint, accepted_at, recipients, tls, actor, release_at,
    deliver_by, deliver_by_mode)
VALUES (:queue_id, :sender, :identifier, :fingerprint, :at, :recipients, :tls, :actor, :release_at,
    :deliver_by, :deliver_by_mode)
ON CONFLICT (fingerprint) DO NOTHING GIVING(id)
"""
SENT: Final = """
SELECT count(*), coalesce(sum(recipients), 0) FROM (
    SELECT recipients FROM submission
    WHERE sender = :sender AND accepted_at >= :since AND accepted_at < :until LIMIT :most
) AS sent
"""
SAME_SUBMISSION: Final = """
SELECT queue_id, coalesce(release_at, accepted_at) FROM submission WHERE fingerprint = :fingerprint
"""
OUTDATE_THIS_SUBMISSION: Final = "UPDATE submission SET fingerprint = NULL WHERE id = :submission"
OUTDATE_SUBMISSION: Final = "UPDATE submission SET fingerprint = NULL WHERE fingerprint = :fingerprint"
SETTLE: Final = """
INSERT INTO fate (
    submission, recipient_key, recipient, body, state, at, status, reason, reason_french, wants_receipt
) VALUES (
    :submission, :key, :recipient, :body, :state, :at, :status, :reason, :reason_french, :wants_receipt
)
"""
UNHOLD: Final = "DELETE FROM fate WHERE submission = :submission AND state = 'held'"
CONCLUDE: Final = """
UPDATE fate SET state = :state, at = :at, status = :status, reason = :reason, reason_french = :reason_french
WHERE submission = :submission AND recipient_key = :key AND state = 'queued' RETURNING submission
"""
FATE_READ: Final = """
UPDATE fate SET state = 'read', at = :at WHERE body = :body AND state = 'delivered'
RETURNING submission, recipient_key, wants_receipt
"""
FATE_TOLD: Final = """
UPDATE fate SET state = :state, at = :at, reason = :reason, reason_french = :reason_french
WHERE recipient_key = :key AND (state IN ('queued', 'delivered') OR state = 'read' AND :state = 'rejected')
    AND submission IN (
        SELECT id FROM submission
        WHERE identifier = :identifier AND (NOT fate.wants_receipt OR sender ANY_OF(:to))
    )
RETURNING submission
"""
FATE_BOUNCED: Final = """
UPDATE fate SET state = 'refused', at = :at, status = :status, reason = :reason,
    reason_french = :reason_french
WHERE recipient_key = :key AND state IN ('queued', 'delivered') AND submission IN (
    SELECT id FROM submission WHERE identifier = :identifier AND sender ANY_OF(:to)
)
RETURNING submission
"""
REPORT: Final = """
INSERT INTO report (submission, recipient_key, kind, original, envelope_id)
VALUES (:submission, :key, :kind, :original, :envelope_id)
"""
DUE_REPORTS: Final = """
SELECT r.id, r.kind, r.submission, s.queue_id, s.sender, s.accepted_at,
    f.recipient, f.state, f.at, f.status, f.reason, f.reason_french, r.original, r.envelope_id,
    COALESCE(f.body, (SELECT o.body FROM fate o WHERE o.submission = s.id AND o.body IS NOT NULL LIMIT 1)),
    EXISTS (
        SELECT 1 FROM fate o WHERE o.submission = s.id AND o.state NOT IN ('refused', 'held', 'cancelled')
            AND NOT (o.state = 'expired' AND o.status <> '')
    ),
    s.release_at, s.deliver_by, s.deliver_by_mode
FROM (SELECT * FROM report ORDER BY id LIMIT :limit) r
JOIN submission s ON s.id = r.submission
JOIN fate f ON f.submission = r.submission AND f.recipient_key = r.recipient_key
ORDER BY r.submission, r.kind, r.id
"""
CLOSE_REPORTS: Final = "DELETE FROM report WHERE id ANY_OF(:ids) RETURNING id"
FATE_EXPIRED: Final = """
UPDATE fate SET state = 'expired', at = :at WHERE state = 'delivered' AND body IN
    (SELECT body FROM message WHERE mailbox = :mailbox AND uid ANY_OF(:uids))
"""
QUEUE_ID: Final = "SELECT queue_id FROM submission WHERE id = :submission"
QUEUE_IDS: Final = """
SELECT DISTINCT s.queue_id FROM submission s JOIN fate f ON f.submission = s.id WHERE f.body IN
    (SELECT body FROM message WHERE mailbox = :mailbox AND uid ANY_OF(:uids))
"""
_SUBMISSION: Final = """
SELECT s.id, s.queue_id, s.sender, coalesce(b.address, p.address), s.accepted_at, s.tls, a.address,
    s.release_at, s.deliver_by, s.deliver_by_mode
FROM submission s JOIN party p ON p.id = s.sender LEFT JOIN bal b ON b.id = s.sender
LEFT JOIN bal a ON a.id = s.actor
"""
SUBMISSIONS_KNOWN_AS: Final = _SUBMISSION + " WHERE s.identifier = :identifier ORDER BY s.id DESC LIMIT :most"
SUBMISSION_NUMBERED: Final = _SUBMISSION + " WHERE s.id = :id"
SUBMISSION_OF: Final = _SUBMISSION + " WHERE s.queue_id = :queue_id"
FATES: Final = """
SELECT recipient, state, at, status, reason, reason_french FROM fate WHERE submission = :submission
"""
OLD_SUBMISSIONS: Final = "SELECT id FROM submission WHERE accepted_at < :before ORDER BY id LIMIT :limit"
FORGET_REPORTS: Final = "DELETE FROM report WHERE submission ANY_OF(:ids)"
FORGET_FATES: Final = "DELETE FROM fate WHERE submission ANY_OF(:ids)"
FORGET_SUBMISSIONS: Final = "DELETE FROM submission WHERE id ANY_OF(:ids)"

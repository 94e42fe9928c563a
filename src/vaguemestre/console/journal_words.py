"""What the journal tells, in words: a sentence in French and one in English for every event recorded.

The journal keeps the name of an event, which programs read and searches ask for; people read the sentence. A
line that an older version wrote may have a name that nothing records any more: it is shown as it is.
"""

from typing import Final

from vaguemestre.mail.sentence import Sentence

EVENTS: Final = {
    # What became of messages
    "accepted": Sentence(fr="Message accepté", en="Message accepted"),
    "refused": Sentence(fr="Message refusé", en="Message refused"),
    "held": Sentence(fr="Retenu jusqu'à son heure", en="Held until its hour"),
    "released": Sentence(fr="Libéré à son heure", en="Released at its hour"),
    "cancelled": Sentence(fr="Annulé", en="Cancelled"),
    "relayed": Sentence(fr="Pris par l'opérateur", en="Taken by the operator"),
    "delayed": Sentence(
        fr="Toujours en file ; l'expéditeur en est prévenu", en="Still queued; the sender is told"
    ),
    "bounced": Sentence(fr="Refusé par l'autre opérateur", en="Refused by the other operator"),
    "retried": Sentence(fr="Essayé de nouveau à la main", en="Tried again by hand"),
    "held back": Sentence(fr="Retenu à la main", en="Held back by hand"),
    "dropped": Sentence(fr="Retiré de la file à la main", en="Taken out of the queue by hand"),
    "expired": Sentence(fr="Messages expirés", en="Messages expired"),
    "warned": Sentence(fr="Titulaire prévenu de ce qui expire", en="Holder warned of what expires"),
    "keys_destroyed": Sentence(
        fr="Clés détruites : ce qu'elles scellaient est illisible",
        en="Keys destroyed: what they sealed cannot be read",
    ),
    "answered_by_itself": Sentence(fr="Réponse automatique envoyée", en="Automatic answer sent"),
    "notified": Sentence(
        fr="Titulaire prévenu à son adresse personnelle", en="Holder told at the personal address"
    ),
    "notification_tried": Sentence(fr="Notification essayée", en="Notification tried"),
    "notification_failed": Sentence(fr="Notification abandonnée", en="Notification given up"),
    # Conversations
    "conversation_opened": Sentence(fr="Conversation ouverte", en="Conversation opened"),
    "conversation_closed": Sentence(fr="Conversation close", en="Conversation closed"),
    "professional_blocked": Sentence(fr="Professionnel bloqué", en="Professional blocked"),
    "professional_unblocked": Sentence(fr="Professionnel débloqué", en="Professional unblocked"),
    "reply_budget_set": Sentence(fr="Nombre de réponses réglé", en="Number of answers set"),
    "reading_hours_set": Sentence(fr="Heures de lecture réglées", en="Reading hours set"),
    "automatic_answer_set": Sentence(fr="Réponse automatique réglée", en="Automatic answer set"),
    # Accounts
    "account_added": Sentence(fr="Boîte créée", en="Mailbox made"),
    "account_described": Sentence(
        fr="Description de la boîte changée", en="Description of the mailbox changed"
    ),
    "account_activated": Sentence(fr="Boîte activée", en="Mailbox activated"),
    "account_suspended": Sentence(fr="Boîte suspendue", en="Mailbox suspended"),
    "account_resumed": Sentence(fr="Boîte rétablie", en="Mailbox resumed"),
    "account_opposed": Sentence(fr="Opposition du titulaire", en="Holder opposed"),
    "account_closed": Sentence(fr="Boîte fermée", en="Mailbox closed"),
    "account_reopened": Sentence(fr="Boîte rouverte", en="Mailbox opened again"),
    "account_warned": Sentence(
        fr="Titulaire prévenu que sa boîte ne sert plus", en="Holder warned that the mailbox is not used"
    ),
    "alias_added": Sentence(fr="Autre adresse ajoutée", en="Other address added"),
    "alias_removed": Sentence(fr="Autre adresse retirée", en="Other address removed"),
    "birth_date_set": Sentence(fr="Date de naissance réglée", en="Date of birth set"),
    "contact_given": Sentence(fr="Adresse personnelle donnée", en="Personal address given"),
    "contact_dropped": Sentence(fr="Adresse personnelle retirée", en="Personal address removed"),
    "contact_switched_on": Sentence(fr="Notifications activées", en="Notifications switched on"),
    "contact_switched_off": Sentence(fr="Notifications coupées", en="Notifications switched off"),
    "erasure_begun": Sentence(fr="Effacement commencé", en="Erasure begun"),
    "erased": Sentence(fr="Boîte effacée", en="Mailbox erased"),
    "archive_sealed": Sentence(fr="Contenu archivé", en="Content archived"),
    "archive_opened": Sentence(fr="Archive ouverte", en="Archive opened"),
    "archive_refused": Sentence(fr="Ouverture d'une archive refusée", en="Opening of an archive refused"),
    "archive_restoring": Sentence(
        fr="Restauration d'une archive commencée", en="Restoring of an archive begun"
    ),
    "archive_restored": Sentence(fr="Archive restaurée", en="Archive restored"),
    "archive_destroyed": Sentence(fr="Archive détruite", en="Archive destroyed"),
    # Signing in
    "signed_in": Sentence(fr="Connexion", en="Signed in"),
    "sign_in_failed": Sentence(fr="Échec de connexion", en="Sign-in failed"),
    "password_set": Sentence(fr="Mot de passe changé", en="Password set"),
    "device_added": Sentence(fr="Appareil branché", en="Device connected"),
    "device_removed": Sentence(fr="Appareil retiré", en="Device removed"),
    "certificate_added": Sentence(fr="Certificat ajouté", en="Certificate added"),
    "certificate_removed": Sentence(fr="Certificat retiré", en="Certificate removed"),
    # Others in a mailbox
    "access_granted": Sentence(fr="Accès donné", en="Access granted"),
    "access_revoked": Sentence(fr="Accès retiré", en="Access revoked"),
    "signed_in_for": Sentence(fr="Connexion pour le titulaire", en="Signed in for the holder"),
    "mailbox_opened": Sentence(fr="Dossier ouvert", en="Mailbox opened"),
    "content_opened": Sentence(fr="Contenu ouvert", en="Content opened"),
    "flags_changed": Sentence(fr="Messages marqués", en="Messages flagged"),
    "messages_filed": Sentence(fr="Messages déposés", en="Messages filed"),
    "messages_erased": Sentence(
        fr="Messages supprimés, effacés du disque", en="Deleted messages erased from the disk"
    ),
    "messages_deleted": Sentence(fr="Messages supprimés", en="Messages deleted"),
    "mailboxes_changed": Sentence(fr="Dossiers changés", en="Mailboxes changed"),
    "conversations_closed": Sentence(
        fr="Conversations closes pour le titulaire", en="Conversations closed for the holder"
    ),
    "sent_for": Sentence(fr="Envoi pour le titulaire", en="Sent for the holder"),
    "inspected": Sentence(
        fr="Boîte consultée par un administrateur", en="Mailbox looked at by an administrator"
    ),
    "traced": Sentence(
        fr="Messages recherchés par un administrateur", en="Messages searched for by an administrator"
    ),
    "reading_asked": Sentence(fr="Lecture demandée", en="Reading asked for"),
    "reading_granted": Sentence(fr="Lecture accordée", en="Reading granted"),
    "reading_refused": Sentence(fr="Lecture refusée", en="Reading refused"),
    "reading_revoked": Sentence(fr="Lecture arrêtée", en="Reading ended"),
    # Administrators, and the service itself
    "administrator_added": Sentence(fr="Administrateur ajouté", en="Administrator added"),
    "administrator_enrolled": Sentence(fr="Administrateur enrôlé", en="Administrator enrolled"),
    "administrator_reset": Sentence(
        fr="Administrateur à enrôler de nouveau", en="Administrator to enrol again"
    ),
    "administrator_role_set": Sentence(
        fr="Rôle d'un administrateur changé", en="Role of an administrator changed"
    ),
    "administrator_disabled": Sentence(fr="Administrateur désactivé", en="Administrator disabled"),
    "administrator_enabled": Sentence(fr="Administrateur réactivé", en="Administrator enabled"),
    "administrator_signed_in": Sentence(fr="Connexion à la console", en="Signed in to the console"),
    "administrator_signed_out": Sentence(fr="Déconnexion de la console", en="Signed out of the console"),
    "administrator_refused": Sentence(
        fr="Échec de connexion à la console", en="Sign-in to the console failed"
    ),
    "administrator_linked": Sentence(
        fr="Administrateur lié au fournisseur d'identité", en="Administrator linked to the identity provider"
    ),
    "administrator_unlinked": Sentence(
        fr="Administrateur délié du fournisseur d'identité",
        en="Administrator unlinked from the identity provider",
    ),
    "administrator_passkey_added": Sentence(fr="Clé d'accès ajoutée", en="Passkey added"),
    "administrator_passkey_removed": Sentence(fr="Clé d'accès retirée", en="Passkey removed"),
    "audit_verified": Sentence(fr="Journal vérifié", en="Journal verified"),
    "audit_searched": Sentence(fr="Journal d'un compte consulté", en="Journal of an account searched"),
    "audit_exported": Sentence(fr="Journal exporté", en="Journal exported"),
    "anchored": Sentence(fr="Ancre écrite", en="Anchor written"),
    "anchor_stamped": Sentence(fr="Ancre horodatée par un tiers", en="Anchor time-stamped outside"),
    "chain_begun": Sentence(fr="Chaîne du journal commencée", en="Chain of the journal begun"),
    "chain_resumed": Sentence(fr="Chaîne du journal reprise", en="Chain of the journal resumed"),
    "redacted": Sentence(fr="Lignes d'un compte effacé vidées", en="Lines of an erased account emptied"),
    "forgotten": Sentence(fr="Lignes anciennes oubliées", en="Old lines forgotten"),
    "backed_up": Sentence(fr="Sauvegarde faite", en="Backup made"),
    "installed": Sentence(fr="Serveur installé", en="Server installed"),
    "database_migrated": Sentence(fr="Base de données mise à niveau", en="Database migrated"),
    "master_key_rotated": Sentence(fr="Clé maîtresse changée", en="Master key changed"),
    "store_repaired": Sentence(fr="Base de données réparée", en="Database repaired"),
    "directory_imported": Sentence(fr="Annuaire importé", en="Directory imported"),
    "trust_list_taken": Sentence(fr="Liste de confiance prise", en="Trust list taken"),
}


def event_told(event: str) -> Sentence:
    """The sentence of an event, or its name where it has none any more."""
    return EVENTS.get(event, Sentence(event, event))

"""What the sender of a message reads when another operator's server has refused it. RFC 3464 §2.3.6.

Of what that server says its codes are kept, and the identifier of the rule when it is a gateway like this
one (``[MSS-CONV-2]``). Its sentences are not: they name hosts and repeat addresses, and are not written for
patients. An identifier that is not in the table is not believed: anybody may write one.
"""

import re
from typing import Final

from vaguemestre.mail.sentence import Sentence
from vaguemestre.smtp.client_replies import PeerReply

_RULE: Final = re.compile(r"\[MSS-([A-Z]{2,5}-[0-9]{1,3})\]")

_GENERAL: Final = Sentence(
    "l'opérateur du destinataire a refusé ce message", "the recipient's operator refused this message"
)
_BY_STATUS: Final = {
    "5.1.10": Sentence("ce domaine ne reçoit pas de messages", "that domain takes no mail"),
    "5.7.30": Sentence(
        "ce message exige TLS jusqu'au bout, et l'opérateur du destinataire ne l'offre pas",
        "this message requires TLS all the way, and the recipient's operator does not offer it",
    ),
    "5.6.7": Sentence(
        "l'opérateur du destinataire n'accepte pas les adresses ou en-têtes avec des accents",
        "the recipient's operator takes no addresses or headers with accents",
    ),
    "5.3.4": Sentence(
        "ce message est trop grand pour l'opérateur du destinataire",
        "this message is too large for the recipient's operator",
    ),
    "5.2.3": Sentence("ce message est trop grand pour le destinataire", "this message is too large for him"),
    "4.4.7": Sentence(
        "l'opérateur du destinataire ne l'a pas accepté dans le délai",
        "the recipient's operator did not accept it in time",
    ),
    "5.3.3": Sentence(
        "l'opérateur du destinataire ne promet pas de le remettre à temps",
        "the recipient's operator does not promise to deliver it in time",
    ),
    "5.4.7": Sentence(
        "il n'a pas pu être remis avant l'heure demandée, et a été retiré",
        "it could not be delivered by the hour asked for, and was withdrawn",
    ),
    "5.3.0": Sentence("le service de messagerie l'a retiré", "the mail service withdrew it"),
}
_BY_SUBJECT: Final = {
    "5.1": Sentence(
        "l'opérateur du destinataire ne connaît pas cette adresse",
        "the recipient's operator does not know this address",
    ),
    "5.2": Sentence("cette boîte aux lettres ne reçoit pas de messages", "this mailbox receives no messages"),
    "5.7": Sentence(
        "l'opérateur du destinataire n'autorise pas ce message",
        "the recipient's operator does not allow this message",
    ),
}
_BY_RULE: Final = {
    "ADR-2": Sentence(
        "la clé de cet INS (ses deux derniers chiffres) est fausse : vérifiez le numéro",
        "the key of this INS (its last two digits) is wrong: check the number",
    ),
    "ADR-3": _BY_SUBJECT["5.1"],
    "ADR-4": _BY_SUBJECT["5.2"],
    "ADR-6": Sentence(
        "un seul citoyen par message : envoyez à chacun un message à part",
        "one citizen a message: send each of them a message of his own",
    ),
    "ATT-1": Sentence(
        "les pièces jointes sont trop lourdes pour l'opérateur du destinataire",
        "the attachments are too large for the recipient's operator",
    ),
    "ATT-2": Sentence(
        "il y a trop de pièces jointes pour l'opérateur du destinataire",
        "there are too many attachments for the recipient's operator",
    ),
    "ATT-3": Sentence(
        "une pièce jointe est un programme : retirez-la",
        "an attachment is a program: remove it",
    ),
    "ATT-4": Sentence(
        "une pièce jointe n'est pas acceptée : envoyez PDF, JPEG, PNG, TIFF, HEIC, TXT ou RTF",
        "an attachment is not accepted: send PDF, JPEG, PNG, TIFF, HEIC, TXT or RTF",
    ),
    "ATT-5": Sentence(
        "une partie ne peut pas être examinée : joignez les documents eux-mêmes",
        "a part cannot be examined: attach the documents themselves",
    ),
    "ATT-6": Sentence(
        "une pièce jointe contient un programme : retirez-le",
        "an attachment holds a program: remove it",
    ),
    "ATT-7": Sentence(
        "une pièce jointe contient des macros : envoyez-la sans macros, ou en PDF",
        "an attachment holds macros: send it without macros, or as PDF",
    ),
    "ATT-8": Sentence(
        "une pièce jointe est protégée par un mot de passe : envoyez-la sans",
        "an attachment is under a password: send it without",
    ),
    "ATT-9": Sentence(
        "une pièce jointe contient une archive : joignez les documents eux-mêmes",
        "an attachment holds an archive: attach the documents themselves",
    ),
    "ATT-10": Sentence(
        "une archive jointe contient trop : envoyez-la en plusieurs fois",
        "an attached archive holds too much: send it in several messages",
    ),
    "ATT-11": Sentence(
        "une pièce jointe est abîmée ou cache une archive : refaites-la",
        "an attachment is damaged or hides an archive: make it again",
    ),
    "ATT-12": Sentence(
        "une archive jointe ne peut pas être examinée : envoyez un ZIP ordinaire",
        "an attached archive cannot be examined: send an ordinary ZIP",
    ),
    "ATT-13": Sentence(
        "l'antivirus de l'opérateur du destinataire a trouvé quelque chose dans ce message",
        "the virus scanner of the recipient's operator has found something in this message",
    ),
    "BUD-1": Sentence(
        "attendez que le professionnel vous réponde ; en cas d'urgence, appelez le 15",
        "wait until the professional answers you; in an emergency, call 15 or 112",
    ),
    "CONV-0": Sentence(
        "seul le professionnel peut ouvrir une conversation", "only the professional can open a conversation"
    ),
    "CONV-2": Sentence(
        "cette conversation a été clôturée par le professionnel",
        "this conversation has been closed by the professional",
    ),
    "CONV-4": Sentence(
        "seule une réponse est acceptée : ouvrez le message du professionnel et choisissez Répondre",
        "only a reply is accepted: open the professional's message and choose Reply",
    ),
    "CONV-5": Sentence(
        "un citoyen ne peut pas écrire à un autre citoyen",
        "a citizen cannot write to another citizen",
    ),
    "CONV-7": Sentence(
        "aucun message n'y étant venu depuis longtemps, cette conversation a été clôturée",
        "no message having come for a long time, this conversation has been closed",
    ),
    "CONV-8": Sentence(
        "cette conversation a pris fin quand une boîte aux lettres a été fermée",
        "this conversation ended when a mailbox was closed",
    ),
    "IDV-1": Sentence(
        "le document joint concerne un autre patient que le destinataire : vérifiez l'adresse",
        "the attached document is of another patient than the recipient: check the address",
    ),
    "IDV-2": Sentence(
        "les documents joints concernent plusieurs patients : envoyez un message par patient",
        "the attached documents are of several patients: send one message per patient",
    ),
    "IDV-3": Sentence(
        "un document de santé joint (CDA ou XDM) est illisible : refaites-le",
        "an attached health document (CDA or XDM) cannot be read: make it again",
    ),
    "PHA-2": Sentence(
        "pour écrire le premier à une pharmacie, joignez l'ordonnance, même photographiée",
        "to write first to a pharmacy, attach the prescription, a photograph will do",
    ),
    "PHA-3": Sentence(
        "cette pharmacie ne vous a rien délivré depuis douze mois : apportez-lui votre ordonnance",
        "this pharmacy has dispensed nothing to you for twelve months: bring it your prescription",
    ),
    "PROF-1": Sentence(
        "ce destinataire n'accepte pas vos messages", "this recipient does not accept your messages"
    ),
    "VIS-1": Sentence(
        "un document joint est marqué non visible par le patient : il ne peut pas lui être envoyé",
        "an attached document is marked as hidden from the patient: it cannot be sent to him",
    ),
    "VIS-2": Sentence(
        "un document joint est masqué aux professionnels : il ne peut être envoyé qu'au patient",
        "an attached document is hidden from professionals: it can be sent to the patient only",
    ),
    "VIS-3": Sentence(
        "un document joint porte des indications de visibilité contradictoires : corrigez-les",
        "an attached document carries contradictory words on who may see it: correct them",
    ),
    "VIS-4": Sentence(
        "un document joint est marqué non visible par les représentants légaux, qui lisent cette boîte",
        "an attached document is marked as hidden from the legal representatives, who read this box",
    ),
}


def words_of(reply: PeerReply) -> Sentence:
    """One sentence for a permanent refusal, after the identifier of its rule where that is known."""
    named = _RULE.search(reply.text)
    if named is not None and (said := _BY_RULE.get(named[1])) is not None:
        return Sentence(f"{named[0]} {said.fr}", f"{named[0]} {said.en}")
    return _BY_STATUS.get(reply.status) or _BY_SUBJECT.get(reply.status[:3], _GENERAL)

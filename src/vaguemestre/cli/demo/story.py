"""The service's story in eight steps, each held to what it says. domain.md §2, §3."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern

from vaguemestre.cli.demo.aftermath import forgetting, inspection
from vaguemestre.cli.demo.people import (
    CITIZEN,
    COLLEAGUE,
    DOCTOR,
    OTHER_CITIZEN,
    SOFTWARE,
    Letter,
    Person,
    a_pdf,
    a_program,
    letter,
)
from vaguemestre.cli.demo.stage import Stage
from vaguemestre.cli.demo.transcript import Said

_ONLY_REPLY = "[MSS-CONV-0]"
_CLOSED = "[MSS-CONV-2]"


class Story:
    """Plays the steps in order; what one leaves behind, the next ones use."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._script = stage.transcript
        self._opening: Letter | None = None

    async def play(self) -> None:
        """All of it. Raises StepFailed, naming the step."""
        steps: tuple[tuple[Said, Callable[[], Awaitable[None]]], ...] = (
            (Said("A doctor writes to a citizen", "Un médecin écrit à un citoyen"), self._a_doctor_writes),
            (Said("The citizen answers", "Le citoyen répond"), self._the_citizen_answers),
            (Said("What a citizen cannot do", "Ce qu'un citoyen ne peut pas faire"), self._what_is_refused),
            (
                Said("What a message cannot carry", "Ce qu'un message ne peut pas porter"),
                self._what_is_too_much,
            ),
            (Said("The doctor closes, and opens again", "Le médecin clôt, puis rouvre"), self._closing),
            (Said("Practice software sends", "Un logiciel métier envoie"), self._software_sends),
            (Said("Time passes, messages go", "Le temps passe, les messages s'effacent"), self._time_passes),
            (Said("An administrator looks", "Un administrateur regarde"), self._inspection),
        )
        for number, (title, play) in enumerate(steps, 1):
            with self._script.step(number, title):
                await play()

    def _letter(
        self,
        sender: Person,
        recipient: Person,
        subject: str,
        text: str,
        *,
        answers: Letter | None = None,
        attachment: tuple[str, bytes] | None = None,
        mss_mes: str | None = None,
    ) -> Letter:
        now = self._stage.clock.now()
        answered = answers.message_id if answers is not None else None
        return letter(
            sender, recipient, subject, text, now, answers=answered, attachment=attachment, mss_mes=mss_mes
        )

    @property
    def _first(self) -> Letter:
        if self._opening is None:
            raise RuntimeError("the doctor has not written yet")
        return self._opening

    async def _a_doctor_writes(self) -> None:
        pdf = a_pdf()
        self._opening = self._letter(
            DOCTOR,
            CITIZEN,
            "Votre compte rendu",
            "Bonjour, voici votre compte rendu.\n",
            attachment=("compte-rendu.pdf", pdf),
        )
        async with self._stage.submitter(DOCTOR) as doctor:
            reply = await doctor.send(self._opening, CITIZEN)
        self._script.expect(reply.code == 250, "the letter to be accepted")
        async with self._stage.reader(CITIZEN) as citizen:
            self._script.expect(await citizen.select() == 1, "one message in the citizen's INBOX")
            octets = await citizen.fetch(1)
        self._script.expect(octets.endswith(self._opening.octets), "every octet as it was sent")
        message = message_from_bytes(octets, EmailMessage, policy=modern)
        found = [part.get_content() for part in message.iter_attachments()]
        self._script.expect(found == [pdf], "the attachment identical to the octet")
        size = f"{len(pdf):,}"
        self._script.proven(
            Said(
                f"The PDF that arrived is identical to the octet ({size}).",
                f"Le PDF arrivé est identique à l'octet près ({size}).",
            )
        )

    async def _the_citizen_answers(self) -> None:
        async with self._stage.reader(DOCTOR) as waiting, self._stage.submitter(CITIZEN) as citizen:
            await waiting.select()
            await waiting.idle()
            answer = self._letter(CITIZEN, DOCTOR, "Re: Votre compte rendu", "Merci.\n", answers=self._first)
            start = time.perf_counter()
            reply, news = await asyncio.gather(citizen.send(answer, DOCTOR), waiting.news())
            milliseconds = (time.perf_counter() - start) * 1000
            self._script.server(f"{news}  ({DOCTOR.name})")
            await waiting.done()
        self._script.expect(reply.code == 250, "the answer to be accepted")
        self._script.proven(
            Said(
                f"The doctor, waiting in IDLE, was told {milliseconds:.0f} ms after the sending began.",
                f"Le médecin, en attente (IDLE), l'a su {milliseconds:.0f} ms après le début de l'envoi.",
            )
        )

    async def _what_is_refused(self) -> None:
        async with self._stage.submitter(CITIZEN) as citizen:
            self._script.tell(
                Said("To a doctor who never wrote to him:", "À un médecin qui ne lui a jamais écrit :")
            )
            letter_ = self._letter(CITIZEN, COLLEAGUE, "Bonjour", "Bonjour docteur.\n")
            reply = await citizen.send(letter_, COLLEAGUE)
            self._script.expect(reply.code == 550 and _ONLY_REPLY in reply.message, "the refusal CONV-0")
            self._script.tell(Said("To another citizen:", "À un autre citoyen :"))
            letter_ = self._letter(CITIZEN, OTHER_CITIZEN, "Bonjour", "Bonjour.\n")
            reply = await citizen.send(letter_, OTHER_CITIZEN)
            self._script.expect(reply.code == 550 and "[MSS-CONV-5]" in reply.message, "the refusal CONV-5")

    async def _what_is_too_much(self) -> None:
        script = self._script
        heavy = self._letter(
            DOCTOR, CITIZEN, "Scanner", "Lourd.\n", attachment=("scanner.pdf", a_pdf(20_000_000))
        )
        medium = self._letter(
            DOCTOR, CITIZEN, "Scanner", "Lourd.\n", attachment=("scanner.pdf", a_pdf(11_000_000))
        )
        disguised = self._letter(
            DOCTOR, CITIZEN, "Ordonnance", "Voici.\n", attachment=("ordonnance.pdf", a_program())
        )
        async with self._stage.submitter(DOCTOR) as doctor:
            script.tell(Said("20 MB, announced:", "20 Mo, annoncés :"))
            reply = await doctor.send(heavy, CITIZEN)
            script.expect(reply.code == 552 and "5.3.4" in reply.message, "552 5.3.4 at MAIL")
            script.tell(Said("20 MB, not announced:", "20 Mo, non annoncés :"))
            reply = await doctor.send(heavy, CITIZEN, announce_size=False)
            script.expect(reply.code == 552 and "5.3.4" in reply.message, "552 5.3.4 while receiving")
            script.tell(
                Said("11 MB, over the destination's limit:", "11 Mo, au-delà de la limite du destinataire :")
            )
            reply = await doctor.send(medium, CITIZEN)
            script.expect(reply.code == 552 and "5.2.3" in reply.message, "552 5.2.3 with the numbers")
            script.tell(Said("A program renamed .pdf:", "Un programme renommé .pdf :"))
            reply = await doctor.send(disguised, CITIZEN)
            script.expect(reply.code == 550 and "[MSS-ATT-3]" in reply.message, "the refusal ATT-3")

    async def _closing(self) -> None:
        script, stage = self._script, self._stage
        async with stage.submitter(DOCTOR) as doctor, stage.submitter(CITIZEN) as citizen:

            async def answers(to: Letter) -> bool:
                reply = await citizen.send(self._letter(CITIZEN, DOCTOR, "Re", "Oui.\n", answers=to), DOCTOR)
                script.expect(reply.code == 250 or _CLOSED in reply.message, f"no other reply than {reply}")
                return reply.code == 250

            script.tell(Said("The doctor sends [FIN]:", "Le médecin envoie [FIN] :"))
            await doctor.send(self._letter(DOCTOR, CITIZEN, "[FIN]", "", answers=self._first), CITIZEN)
            script.expect(not await answers(self._first), "the answer to be refused after [FIN]")
            script.tell(
                Said("The doctor writes again: it is open again.", "Le médecin réécrit : elle est rouverte.")
            )
            again = self._letter(DOCTOR, CITIZEN, "Re: Re", "Encore un mot.\n", answers=self._first)
            await doctor.send(again, CITIZEN)
            script.expect(await answers(again), "the answer to be accepted again")
            script.tell(
                Said(
                    "A second conversation, closed by X-MSS-MES: FIN, which closes just its own:",
                    "Une seconde conversation, close par X-MSS-MES: FIN, qui ne clôt qu'elle :",
                )
            )
            second = self._letter(DOCTOR, CITIZEN, "Vaccination", "Rappel.\n")
            await doctor.send(second, CITIZEN)
            last = self._letter(DOCTOR, CITIZEN, "Vaccination", "Fait.\n", answers=second, mss_mes="FIN")
            await doctor.send(last, CITIZEN)
            script.expect(not await answers(last), "the second conversation to be closed")
            script.expect(await answers(again), "the first conversation to be open still")

    async def _software_sends(self) -> None:
        script, count = self._script, 10
        start = time.perf_counter()
        async with self._stage.submitter(SOFTWARE) as software:
            for number in range(1, count + 1):
                subject = f"Résultat {number}"
                result = self._letter(
                    SOFTWARE, CITIZEN, subject, "Voir le PDF.\n", attachment=("resultat.pdf", a_pdf())
                )
                reply = await software.send(result, CITIZEN, quiet=number not in (1, count))
                script.expect(reply.code == 250, f"message {number} to be accepted")
        seconds = time.perf_counter() - start
        script.proven(
            Said(
                f"{count} messages over one connection, each durable before its 250, in {seconds:.2f} s.",
                f"{count} messages sur une connexion, chacun durable avant son 250, en {seconds:.2f} s.",
            )
        )

    async def _time_passes(self) -> None:
        await forgetting(self._stage)

    async def _inspection(self) -> None:
        result = self._letter(DOCTOR, CITIZEN, "Résultat récent", "Tout va bien.\n")
        await inspection(self._stage, result)

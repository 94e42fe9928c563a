"""EXTERNAL: TLS has seen who it is. RFC 4422 appendix A; domain.md §5, APP mailboxes are known by a DN.

The chain, the dates and the revocations were checked when TLS began, and the dates and revocations again now
(``net.client_lists``): here the subject of the certificate is looked up among those that were registered.
"""

from cryptography import x509

from vaguemestre.mail.distinguished_name import NameSyntaxError
from vaguemestre.sasl.errors import SaslSyntaxError
from vaguemestre.service.sign_in.accounts import SigningAccounts
from vaguemestre.service.sign_in.outcome import Channel, Step
from vaguemestre.service.trust.subjects import subject_of

EXTERNAL = "EXTERNAL"


class External:
    """One response: the mailbox that is meant, or nothing when the certificate opens one alone."""

    first = b""

    def __init__(self, accounts: SigningAccounts, channel: Channel, certificate: bytes) -> None:
        self._accounts = accounts
        self._channel = channel
        self._certificate = certificate

    async def step(self, response: bytes) -> Step:
        """The end, whatever it is."""
        try:
            meant = response.decode()
            subject = subject_of(x509.load_der_x509_certificate(self._certificate))
        except UnicodeDecodeError:
            raise SaslSyntaxError("The name of a mailbox is UTF-8") from None
        except NameSyntaxError:
            raise await self._accounts.refuse(
                await self._accounts.claim(meant, self._channel, EXTERNAL), "certificate without a name"
            ) from None
        if self._channel.fault is not None:
            raise await self._accounts.refuse(
                await self._accounts.claim(meant, self._channel, EXTERNAL), self._channel.fault
            )
        opened = await self._accounts.opened_by(subject)
        if not meant and len(opened) == 1:
            meant = str(opened[0].address)
        claim = await self._accounts.claim(meant, self._channel, EXTERNAL)
        own = {bal.id for bal in opened}
        if claim.bal is not None and claim.bal.id not in own and not claim.wanted:
            # The mailbox that is meant is another's: is this one of those who may read it?
            for reader in await self._accounts.readers(claim.bal):
                if reader.id in own:
                    acting = await self._accounts.claim(str(reader.address), self._channel, EXTERNAL, meant)
                    return await self._accounts.accept(acting)
        if claim.bal is None or claim.bal.id not in own:
            raise await self._accounts.refuse(claim, "certificate not registered for it")
        return await self._accounts.accept(claim)

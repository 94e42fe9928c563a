"""The settings of ``[console_openid]``: who signs administrators in, beside the console itself."""

from pathlib import Path

from pydantic import model_validator

from vaguemestre.net.http import is_safe
from vaguemestre.settings.section import Section
from vaguemestre.settings.values import Words


class ConsoleOpenIdSection(Section):
    """Sign-in of administrators to the console by an OpenID provider. Accounts are made and linked here."""

    issuer: str = ""
    """The provider's name and address, such as https://auth.example.fr/realms/x; empty asks none."""

    name: str = "OpenID"
    """What people call it: the button says "Sign in with …"."""

    client: str = ""
    """The identifier of the console there. Its redirect URI is the console's address and
    `/sign-in/provider/answer`."""

    secret_file: Path | None = None
    """A file holding the client's secret, readable by its owner alone; none for a public client."""

    scopes: Words = ("openid",)
    """What is asked for; more where the claim needs it."""

    claim: str = "sub"
    """The claim of the ID token that says who somebody is. One that nobody there can change himself."""

    amr: Words = ("mfa",)
    """Ways of showing who one is, of which the provider must say that one was used (RFC 8176). Empty takes
    its word for it: then the provider itself must ask everybody for two factors."""

    acr: Words = ()
    """Levels that are asked for, one of which the provider must say was reached, such as `eidas1`."""

    @model_validator(mode="after")
    def _complete(self) -> "ConsoleOpenIdSection":
        if not self.issuer:
            return self
        if not is_safe(self.issuer):
            raise ValueError("issuer is an https address (http for this machine alone, by its number)")
        if not self.client:
            raise ValueError("client is needed: it is who the provider's answers are made for")
        if "openid" not in self.scopes:
            raise ValueError("scopes has openid: without it the provider says nothing of who somebody is")
        return self

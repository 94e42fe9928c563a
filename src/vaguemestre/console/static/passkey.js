// Has the browser make a passkey, or show one, for the form that asks for it. Without it the password signs in.
"use strict";
const form = document.querySelector("[data-passkey]");
const octets = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
const text = (buffer) => {
  const read = Array.from(new Uint8Array(buffer), (one) => String.fromCharCode(one)).join("");
  return btoa(read).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};
const say = (sentence) => {
  const place = form.querySelector("[role=alert]");
  place.textContent = sentence;
  place.hidden = !sentence;
};
class Problem extends Error {}
const ask = async () => {
  const fields = new URLSearchParams(new FormData(form));
  fields.delete("credential");
  const answer = await fetch(form.dataset.challenge, { method: "POST", body: fields, redirect: "error" });
  const told = await answer.json();
  if (!answer.ok) throw new Problem(told.problem);
  return { ...told, challenge: octets(told.challenge) };
};
const make = async () => {
  const asked = await ask();
  const user = { ...asked.user, id: octets(asked.user.id) };
  const excludeCredentials = asked.excludeCredentials.map((one) => ({ ...one, id: octets(one.id) }));
  const made = await navigator.credentials.create({ publicKey: { ...asked, user, excludeCredentials } });
  return [made, { attestationObject: text(made.response.attestationObject) }];
};
const show = async () => {
  const shown = await navigator.credentials.get({ publicKey: await ask() });
  const { authenticatorData, signature, userHandle } = shown.response;
  const whose = userHandle ? { userHandle: text(userHandle) } : {};
  return [shown, { authenticatorData: text(authenticatorData), signature: text(signature), ...whose }];
};
// What the browser says itself is in no language of ours: it was closed, took too long, or knows the key already.
const told = (error) => {
  if (error instanceof Problem) return error.message;
  if (error.name === "InvalidStateError") return form.dataset.known;
  return error instanceof DOMException ? form.dataset.none : form.dataset.failed;
};
const send = async (event) => {
  event.preventDefault();
  say("");
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const [credential, said] = await (form.dataset.passkey === "make" ? make() : show());
    const response = { clientDataJSON: text(credential.response.clientDataJSON), ...said };
    const { id, rawId, type } = credential;
    form.elements.credential.value = JSON.stringify({ id, rawId: text(rawId), type, response });
    form.submit();
  } catch (error) {
    say(told(error));
    button.disabled = false;
  }
};
if (window.PublicKeyCredential && location.origin === form.dataset.origin) {
  form.hidden = false;
  form.addEventListener("submit", send);
  document.querySelector("[data-no-passkey]")?.remove();
}

// <pass-key>: a form whose answer comes from a security key or passkey (WebAuthn).
const bytes = (text) => Uint8Array.from(
  atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

// What the server asks for comes as JSON; the browser wants bytes.
function asked(options, passwordless) {
  const key = structuredClone(options.publicKey);
  key.challenge = bytes(key.challenge);
  if (key.user) key.user.id = bytes(key.user.id);
  for (const name of ["allowCredentials", "excludeCredentials"]) {
    key[name] = (key[name] ?? []).map((one) => ({ ...one, id: bytes(one.id) }));
  }
  if (key.authenticatorSelection) {
    Object.assign(key.authenticatorSelection, passwordless
      ? { residentKey: "required", requireResidentKey: true, userVerification: "required" }
      : { residentKey: "discouraged", requireResidentKey: false });
  }
  return key;
}

function told(credential) {
  const { response } = credential;
  const said = { clientDataJSON: text(response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) said[name] = text(response[name]);
  }
  if (response.getTransports) said.transports = response.getTransports();
  return JSON.stringify({
    id: credential.id, rawId: text(credential.rawId), type: credential.type, response: said,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
}

class PassKey extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.hidden = false;
    this.form.addEventListener("submit", (event) => {
      if (this.form.elements.credential.value) return;
      event.preventDefault();
      this.ask();
    });
  }

  async ask() {
    const fault = this.querySelector("output");
    fault.hidden = true;
    try {
      if (!window.PublicKeyCredential) throw new DOMException("", "SecurityError");
      const { elements } = this.form;
      const publicKey = asked(await this.options(), elements.passwordless?.checked);
      const credential = await navigator.credentials[this.dataset.go]({ publicKey });
      elements.credential.value = told(credential);
      this.form.requestSubmit();
    } catch (error) {
      fault.textContent = error.name === "SecurityError" ? this.dataset.none : this.dataset.no;
      fault.hidden = false;
    }
  }

  async options() {
    if (this.dataset.options) return JSON.parse(this.dataset.options);
    const answer = await fetch(this.form.action, { headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" } });
    if (!answer.ok) throw new Error("no options");
    return (await answer.json()).request_options;
  }
}
customElements.define("pass-key", PassKey);

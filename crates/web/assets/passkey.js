// Passkeys, where the browser has them; without them every page works by password.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

async function post(path, csrf, body) {
  const headers = { "content-type": "application/json" };
  if (csrf) headers["x-csrf"] = csrf;
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.status === 204 ? null : answer.json();
}

async function make(options) {
  options.challenge = bytes(options.challenge);
  options.user.id = bytes(options.user.id);
  for (const known of options.excludeCredentials ?? []) known.id = bytes(known.id);
  const made = await navigator.credentials.create({ publicKey: options });
  const { response } = made;
  return {
    id: made.id,
    rawId: text(made.rawId),
    type: made.type,
    authenticatorAttachment: made.authenticatorAttachment ?? null,
    clientExtensionResults: {},
    response: {
      clientDataJSON: text(response.clientDataJSON),
      attestationObject: text(response.attestationObject),
      transports: response.getTransports?.() ?? [],
    },
  };
}

async function sign(options) {
  options.challenge = bytes(options.challenge);
  for (const known of options.allowCredentials ?? []) known.id = bytes(known.id);
  const signed = await navigator.credentials.get({ publicKey: options });
  const { response } = signed;
  return {
    id: signed.id,
    rawId: text(signed.rawId),
    type: signed.type,
    authenticatorAttachment: signed.authenticatorAttachment ?? null,
    clientExtensionResults: {},
    response: {
      clientDataJSON: text(response.clientDataJSON),
      authenticatorData: text(response.authenticatorData),
      signature: text(response.signature),
      userHandle: text(response.userHandle ?? new ArrayBuffer(0)),
    },
  };
}

const deeds = {
  async add({ csrf, name }) {
    const answer = await make(await post("/passkey/add", csrf, {}));
    await post("/passkey/added", csrf, { name, answer });
    location.reload();
  },
  async signin() {
    const answer = await sign(await post("/passkey/signin", "", {}));
    await post("/passkey/signed", "", { answer });
    location.assign(document.querySelector("input[name=next]")?.value || "/");
  },
  // what the device signed goes with the form in place of the password
  async prove(_, place) {
    const form = place.parentElement.querySelector("form");
    form.elements.password.required = false;
    if (!form.reportValidity()) return;
    const answer = await sign(await post("/passkey/signin", "", {}));
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "answer", value: JSON.stringify(answer) });
    form.append(field);
    form.submit();
  },
};

// an address of numbers is no name that a passkey could be for
if (window.PublicKeyCredential && !/^[\d.]+$|^\[/.test(location.hostname)) {
  for (const place of document.querySelectorAll("[data-passkey]")) {
    const button = place.querySelector("button");
    const said = place.querySelector("[role=alert]");
    place.hidden = false;
    button.addEventListener("click", async () => {
      button.disabled = true;
      said.textContent = "";
      try {
        await deeds[place.dataset.passkey](place.dataset, place);
      } catch (error) {
        // the person changed their mind: nothing to say
        if (error.name !== "NotAllowedError") said.textContent = place.dataset.failed;
      }
      button.disabled = false;
    });
  }
}

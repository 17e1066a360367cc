// Passkeys: a form with data-passkey asks the browser for a credential and posts it. What the browser and the server
// say to each other is WebAuthn's JSON, whose bytes are base64url.

const toBytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const withBytes = (list) => (list ?? []).map((one) => ({ ...one, id: toBytes(one.id) }));

function creationOptions({ publicKey }, alone) {
  const asked = { ...publicKey.authenticatorSelection };
  asked.residentKey = alone ? "required" : "discouraged";
  asked.requireResidentKey = alone;
  if (alone) asked.userVerification = "required";
  return {
    publicKey: {
      ...publicKey,
      challenge: toBytes(publicKey.challenge),
      user: { ...publicKey.user, id: toBytes(publicKey.user.id) },
      excludeCredentials: withBytes(publicKey.excludeCredentials),
      authenticatorSelection: asked,
    },
  };
}

function requestOptions({ publicKey }) {
  return {
    publicKey: {
      ...publicKey,
      challenge: toBytes(publicKey.challenge),
      allowCredentials: withBytes(publicKey.allowCredentials),
    },
  };
}

function asJson(credential) {
  const told = credential.response;
  const response = { clientDataJSON: toText(told.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (told[name]) response[name] = toText(told[name]);
  }
  if (told.getTransports) response.transports = told.getTransports();
  return {
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

async function readOptions(named) {
  const held = document.getElementById(named);
  if (held) return JSON.parse(held.textContent);
  const answer = await fetch(named, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error("no options");
  return (await answer.json()).request_options;
}

async function ask(form) {
  const options = await readOptions(form.dataset.options);
  if (form.dataset.passkey !== "add") return navigator.credentials.get(requestOptions(options));
  return navigator.credentials.create(creationOptions(options, form.elements.passwordless.checked));
}

function prepare(form) {
  const wrong = form.querySelector("[data-failed]");
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    wrong.hidden = true;
    try {
      form.elements.credential.value = JSON.stringify(asJson(await ask(form)));
      form.submit();
    } catch {
      wrong.textContent = wrong.dataset.failed;
      wrong.hidden = false;
    }
  });
}

if (window.PublicKeyCredential) document.querySelectorAll("form[data-passkey]").forEach(prepare);

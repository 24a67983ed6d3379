// Acts that wait on the phone until they can be sent, with their photos. The event's name makes a second sending count
// once, so what may have arrived is simply sent again.

// puhui.js does these; importing it would load it twice, under two addresses
const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
const go = (href, how) => tell("puhui:go", { href, how });
const say = (words) => tell("puhui:say", words);

const STORE = "acts";

/** The queue: one row an act, by the name of its event. Made when the first act waits: a page that is left while its
 * store is being made keeps the next page from it. */
let opened;
function open() {
  opened ??= new Promise((done, failed) => {
    const asked = indexedDB.open("puhui", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "event" });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
    setTimeout(() => failed(new Error("the store does not answer")), 3000);
  });
  return opened;
}

async function kept(mode, work) {
  const rows = (await open()).transaction(STORE, mode).objectStore(STORE);
  return new Promise((done, failed) => {
    const asked = work(rows);
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
}
async function all() {
  const made = opened || !indexedDB.databases || (await indexedDB.databases()).some(({ name }) => name === "puhui");
  return made ? kept("readonly", (rows) => rows.getAll()) : [];
}
const keep = (act) => kept("readwrite", (rows) => rows.put(act));
const drop = (event) => kept("readwrite", (rows) => rows.delete(event));

const states = new Map(); // event → { words, part, refused }
const sent = new Map(); // event → where its result is
let last = Promise.resolve();

/** Shows what waits, where a page has the place for it. */
async function draw() {
  const place = document.querySelector("[data-queue]");
  if (!place) return;
  const acts = (await all().catch(() => [])).filter((act) => act.who === place.dataset.queue);
  place.hidden = acts.length === 0;
  const list = place.querySelector("ul");
  list.replaceChildren(
    ...acts.map((act) => {
      const state = states.get(act.event) ?? { words: place.dataset.waiting };
      const row = document.createElement("li");
      const line = Object.assign(document.createElement("div"), { className: "row" });
      const text = Object.assign(document.createElement("span"), { className: "t" });
      const title = Object.assign(document.createElement("b"), { textContent: act.title });
      const words = Object.assign(document.createElement("span"), {
        className: state.refused ? "small red" : "small muted",
        textContent: state.words,
      });
      text.append(title, words);
      const button = Object.assign(document.createElement("button"), {
        type: "button",
        className: "btn slim ghost",
        textContent: place.dataset.drop,
      });
      button.setAttribute("aria-label", `${place.dataset.drop} ${act.title}`);
      button.onclick = () => drop(act.event).then(draw);
      line.append(text, button);
      row.append(line);
      if (state.part !== undefined) {
        const bar = Object.assign(document.createElement("progress"), { max: 1, value: state.part });
        bar.setAttribute("aria-label", state.words);
        row.append(bar);
      }
      return row;
    }),
  );
}

/** Sends one form; resolves to status and answer, status 0 where nothing arrived. */
function post(act, csrf, progress) {
  return new Promise((done) => {
    const body = new FormData();
    body.append("csrf", csrf);
    body.append("event", act.event);
    for (const [name, value] of act.fields) body.append(name, value);
    if (act.photo) body.append("photo", act.photo, "photo");
    const request = new XMLHttpRequest();
    request.open("POST", act.action);
    request.setRequestHeader("accept", "application/json");
    request.responseType = "json";
    request.timeout = 120000;
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onload = () => done([request.status, request.response]);
    request.onerror = request.ontimeout = request.onabort = () => done([0, null]);
    request.send(body);
  });
}

/** Sends what waits, after whatever is being sent. */
const send = () => (last = last.then(sendAll, sendAll));

/** Sends what waits, one after the other; whether anything arrived. */
async function sendAll() {
  let arrived = false;
  try {
    const acts = await all();
    if (acts.length === 0) return;
    const session = await fetch("/csrf", { headers: { accept: "application/json" } });
    const place = document.querySelector("[data-queue]");
    if (!session.ok) {
      if (session.status === 401) for (const act of acts) states.set(act.event, { words: place?.dataset.signin ?? "" });
      return;
    }
    const { csrf, who } = await session.json();
    for (const act of acts.filter((act) => act.who === who && !states.get(act.event)?.refused)) {
      const show = (part) => {
        states.set(act.event, { words: place?.dataset.sending ?? "", part });
        return draw();
      };
      await show(0);
      const [status, answer] = await post(act, csrf, show);
      if (status >= 200 && status < 300 && answer?.href) {
        await drop(act.event);
        states.delete(act.event);
        sent.set(act.event, answer.href);
        arrived = true;
      } else if (status >= 400 && status < 500 && status !== 401 && status !== 429) {
        states.set(act.event, { words: answer?.title ?? String(status), refused: true });
      } else {
        states.delete(act.event); // nothing arrived, or nobody knows: it waits
      }
    }
  } catch {
    // no connection: it waits
  } finally {
    await draw();
  }
  return arrived;
}

function fresh() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Keeps a sheet's act and sends it; the result is shown in its place. */
async function record(form, submitter) {
  const data = new FormData(form, submitter);
  const photo = data.get("photo");
  const event = data.get("event");
  const fields = [...data].filter(([name]) => !["photo", "csrf", "event"].includes(name));
  const act = {
    event,
    who: form.dataset.who,
    title: form.dataset.act,
    action: new URL(form.action).pathname,
    fields,
    photo: submitter?.value === "declared" ? null : photo,
  };
  const buttons = form.querySelectorAll("button");
  await keep(act);
  for (const button of buttons) button.disabled = true;
  await draw();
  document.querySelector("[data-queue]")?.scrollIntoView({ block: "nearest" });
  await send().finally(() => {
    for (const button of buttons) button.disabled = false;
  });
  form.elements.event.value = fresh();
  if (sent.has(event)) return go(sent.get(event));
  const state = states.get(event);
  if (state?.refused) {
    await drop(event);
    states.delete(event);
    await draw();
  } else {
    form.reset();
    preview(form);
  }
  problem(form, state?.refused ? state.words : "");
  say(state?.words ?? document.querySelector("[data-queue]")?.dataset.waiting ?? "");
}

/** Says what is wrong at the head of a form, or nothing. */
function problem(form, words) {
  form.querySelector(".say")?.remove();
  if (!words) return;
  const line = Object.assign(document.createElement("p"), { className: "say bad", textContent: words });
  line.setAttribute("role", "alert");
  form.prepend(line);
  line.scrollIntoView({ block: "nearest" });
}

function preview(form) {
  const image = form.querySelector("img.preview");
  if (!image) return;
  const file = form.elements.photo?.files[0];
  if (file) problem(form, "");
  if (image.src) URL.revokeObjectURL(image.src);
  image.hidden = !file;
  if (file) image.src = URL.createObjectURL(file);
  else image.removeAttribute("src");
}

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (event.target.name === "photo" && form?.dataset.act) preview(form);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset?.act || form.dataset.plain) return;
  event.preventDefault();
  const file = form.elements.photo?.files[0];
  if (event.submitter?.value !== "declared") {
    if (!file) return problem(form, form.dataset.none);
    if (file.size > Number(form.dataset.most)) return problem(form, form.dataset.large);
  }
  record(form, event.submitter).catch(() => {
    form.dataset.plain = "1"; // no store: as without scripts
    form.requestSubmit(event.submitter);
  });
});

/** Sends a form with a large file, and shows how far it got; the answer takes the page's place. */
function upload(form) {
  const bar = Object.assign(document.createElement("progress"), { max: 1, value: 0 });
  bar.setAttribute("aria-label", form.dataset.upload);
  form.append(bar);
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.responseType = "document";
  request.upload.onprogress = (event) => event.lengthComputable && (bar.value = event.loaded / event.total);
  request.onload = () => {
    const main = request.response?.querySelector("main");
    if (!main) return request.onerror();
    if (new URL(request.responseURL).pathname !== new URL(form.action).pathname) return go(request.responseURL);
    document.querySelector("main").replaceWith(document.adoptNode(main));
    scrollTo(0, 0);
    document.querySelector("main [role=alert]")?.scrollIntoView({ block: "center" });
    document.dispatchEvent(new CustomEvent("puhui:page"));
  };
  request.onerror = () => {
    bar.remove();
    form.dataset.plain = "1"; // as without scripts
    form.requestSubmit();
  };
  request.send(new FormData(form));
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset?.upload || form.dataset.plain) return;
  event.preventDefault();
  upload(form);
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-send-now]")) sendThenShow();
});

/** Sends what waits, and shows where it went if the page is one that lists it. */
async function sendThenShow() {
  if ((await send()) && document.querySelector(".home")) go(location.href, { push: false, focus: false });
}

addEventListener("online", sendThenShow);
document.addEventListener("puhui:page", draw);
draw().then(sendThenShow);

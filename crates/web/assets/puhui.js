// What pages gain where scripts run; without them every form and link works as it is.
//
// a[data-quick] and form[data-quick] change only the main part of the page; [data-again] looks again after so many
// milliseconds. Whatever goes wrong, the browser goes there as it always does.

const main = () => document.getElementById("main");
const path = () => location.pathname + location.search;
let going = 0;
let here = path();

/** Takes the page of an answer; false if it is none. */
async function take(response, { push = true, focus = true } = {}) {
  if (!response.headers.get("content-type")?.startsWith("text/html")) return false;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  const inner = fresh.getElementById("main");
  if (!inner || !main()) return false;
  await sheets(fresh);
  const kept = document.activeElement?.id;
  if (push && response.url !== location.href) history.pushState(null, "", response.url);
  here = path();
  document.title = fresh.title;
  document.body.className = fresh.body.className;
  const symbols = document.getElementById("symbols");
  for (const symbol of fresh.querySelectorAll("#symbols symbol")) {
    if (symbols && !document.getElementById(symbol.id)) symbols.append(document.adoptNode(symbol));
  }
  document.querySelector("header")?.replaceWith(document.adoptNode(fresh.querySelector("header")));
  main().replaceWith(document.adoptNode(inner));
  if (focus) {
    scrollTo(0, 0);
    main().focus({ preventScroll: true });
    say(document.title.split(" · ")[0]);
  } else if (kept) {
    document.getElementById(kept)?.focus({ preventScroll: true });
  }
  document.dispatchEvent(new CustomEvent("puhui:page"));
  again();
  return true;
}

/** Fetches the styles and scripts that the fresh page has and this one lacks. */
async function sheets(fresh) {
  const waits = [];
  for (const link of fresh.querySelectorAll('head link[rel="stylesheet"]')) {
    if (document.querySelector(`head link[href="${link.getAttribute("href")}"]`)) continue;
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = link.getAttribute("href");
    waits.push(new Promise((done) => (sheet.onload = sheet.onerror = done)));
    document.head.append(sheet);
  }
  for (const script of fresh.querySelectorAll("head script[src]")) {
    waits.push(import(script.getAttribute("src")));
  }
  await Promise.all(waits);
}

/** Tells those who listen to the page. */
function say(words) {
  let place = document.getElementById("said");
  if (!place) {
    place = document.createElement("p");
    place.id = "said";
    place.className = "off";
    place.setAttribute("role", "status");
    document.body.append(place);
  }
  place.textContent = words;
}

/** Goes to an address of this site without loading everything anew. */
async function go(href, how) {
  const mine = ++going;
  try {
    const response = await fetch(href, { headers: { accept: "text/html" } });
    if (mine !== going) return;
    if (await take(response, how)) return;
  } catch {
    if (mine !== going) return;
  }
  if (how?.focus !== false) location.assign(href);
}

/** Looks again at a page that says so, as long as it is seen. */
let timer;
function again() {
  clearTimeout(timer);
  const wait = Number(document.querySelector("[data-again]")?.dataset.again);
  if (!wait) return;
  timer = setTimeout(() => {
    const busy = document.hidden || !navigator.onLine || main().contains(document.activeElement?.closest("form"));
    if (busy) again();
    else go(location.href, { push: false, focus: false }).finally(again);
  }, wait);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-quick]");
  const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  if (!link || !plain || event.defaultPrevented || link.origin !== location.origin) return;
  event.preventDefault();
  go(link.href);
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.matches("form[data-quick]") || form.dataset.plain) return;
  event.preventDefault();
  const plainly = () => {
    form.dataset.plain = "1";
    form.requestSubmit(event.submitter);
  };
  const body = new URLSearchParams(new FormData(form, event.submitter));
  try {
    if (!(await take(await fetch(form.action, { method: "POST", body })))) plainly();
  } catch {
    plainly();
  }
});

document.addEventListener("puhui:go", ({ detail }) => go(detail.href, detail.how));
document.addEventListener("puhui:say", ({ detail }) => say(detail));
/** Says aloud what was done, and forgets it: going back or loading again says nothing. */
function told() {
  const toast = document.querySelector(".toast[role]");
  if (!toast) return;
  setTimeout(() => say(toast.textContent), 400);
  const url = new URL(location.href);
  url.searchParams.delete("done");
  history.replaceState(history.state, "", url);
  here = path();
}

document.addEventListener("puhui:page", told);
told();
addEventListener("popstate", () => {
  if (path() !== here) go(location.href, { push: false }); // else only the place in the page is another
});
again();

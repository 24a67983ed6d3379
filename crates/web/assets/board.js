// A board that moves: [data-live] names a stream of the server's events. Only texts change, and rows move; what people
// wrote is never read as HTML. Without it the page stands as it came, with a link to load it again.

const say_every = 30000;
let board, source, again, said = 0, waiting;

const get = (id) => document.getElementById(id);
const fill = (words, ...values) => values.reduce((text, value, at) => text.replace(`%${at + 1}`, () => value), words);
const set = (node, text) => {
  if (node && node.textContent !== text) node.textContent = text;
};

/** A score as the server writes it: divided, rounded half up, in groups of three. */
function number(score, divisor, digits, among = 1) {
  const by = divisor * among;
  const scale = 10 ** digits;
  const value = Math.floor((score * scale * 2 + by) / (by * 2)) / scale;
  return value.toLocaleString("en", { maximumFractionDigits: digits });
}

const total = (score, among) => number(score, +board.dataset.divisor, +board.dataset.digits, among);
const day = (score) => number(score, +board.dataset.dayDivisor, +board.dataset.dayDigits);
const withUnit = (text) => `${text} ${board.dataset.dayUnit}`;
/** A difference of scores: of sums in the unit of a day, of shares in the unit of the board. */
const gap = (score) => (board.hasAttribute("data-gap-day") ? withUnit(day(score)) : `${total(score)} ${unit()}`);
const unit = () => board.querySelector("[data-list=top]").dataset.unit;
const name = (row) => row.name ?? board.dataset.nameless;

/** A row that nobody has yet, made of nodes. */
function blank() {
  const row = document.createElement("li");
  const make = (tag, kind, ...inside) => {
    const node = document.createElement(tag);
    if (kind) node.className = kind;
    node.append(...inside);
    return node;
  };
  row.append(
    make("span", "rank num"),
    make("span", "t", make("b"), make("small")),
    make("span", "score", make("b", "num"), " ", make("small")),
  );
  return row;
}

/** Brings a list to what came in; rows that are known move, others come and go. */
function list(which, rows) {
  const here = board.querySelector(`[data-list=${which}]`);
  if (!here) return;
  const known = new Map([...here.children].map((row) => [row.dataset.key, row]));
  const fresh = rows.map(({ key, rank, name, below, score, mine }) => {
    const row = known.get(key) ?? blank();
    const old = row.querySelector(".rank").textContent;
    row.dataset.key = key;
    row.classList.toggle("mine", mine);
    const mark = row.querySelector(".rank");
    set(mark, rank);
    mark.className = `rank num${["1", "2", "3"].includes(rank) ? ` r${rank}` : ""}`;
    set(row.querySelector(".t b"), name);
    set(row.querySelector(".t small"), below);
    set(row.querySelector(".score b"), score);
    set(row.querySelector(".score small"), here.dataset.unit);
    row.classList.toggle("moved", known.size > 0 && old !== rank);
    return row;
  });
  for (const row of here.children) if (!fresh.includes(row)) row.classList.add("gone");
  here.querySelectorAll(".gone").forEach((row) => row.remove());
  fresh.forEach((row, at) => {
    if (here.children[at] !== row) here.insertBefore(row, here.children[at] ?? null);
  });
}

/** How far the next one is, in words. */
function distance(view) {
  const at = view.around.findIndex((row) => row.mine);
  const [above, below, words] = [view.around[at - 1], view.around[at + 1], board.dataset];
  if (!above) return below ? fill(words.ahead, gap(view.me.score - below.score)) : words.first;
  const missing = above.score - view.me.score;
  return missing > 0 ? fill(words.gap, gap(missing), above.rank) : fill(words.level, above.rank);
}

function show(view) {
  // another day has begun: the page tells of another day in more places than these
  if (view.day > board.dataset.day) {
    close();
    const how = { push: false, focus: false };
    document.dispatchEvent(new CustomEvent("puhui:go", { detail: { href: location.href, how } }));
    return;
  }
  const words = board.dataset;
  const person = (write) => (row) => ({
    key: row.ticket,
    rank: String(row.rank),
    name: name(row),
    below: row.team ?? "",
    score: write(row.score),
    mine: row.mine,
  });
  list("top", view.top.map(person(total)));
  list("around", view.around.map(person(total)));
  list("today", view.today.map(person(day)));
  list("teams", view.teams.map((team) => ({
    key: team.id,
    rank: team.rank ? String(team.rank) : "–",
    name: team.name,
    below: fill(words.members, team.members),
    score: total(team.sum, Math.max(team.members, 1)),
    mine: team.mine,
  })));
  const [first] = view.today;
  if (first) set(get("leader"), fill(words.wordsLeader, name(first), withUnit(day(first.score))));
  if (!view.me || !get("my-rank")) return;
  const missing = distance(view);
  set(get("my-rank"), String(view.me.rank));
  set(get("my-among"), fill(words.among, view.entrants.toLocaleString("en")));
  set(get("my-score"), total(view.me.score));
  set(get("my-gap"), missing);
  // what counts of an earlier day is not what today has
  if (view.me_today && view.day === board.dataset.civil) set(get("my-today"), fill(words.wordsToday, withUnit(day(view.me_today.score))));
  tell(fill(words.said, view.me.rank, missing));
}

/** Says the rank to those who listen, politely: not more often than one can stand. */
function tell(words) {
  clearTimeout(waiting);
  const wait = said + say_every - Date.now();
  waiting = setTimeout(() => {
    said = Date.now();
    set(get("my-said"), words);
  }, Math.max(wait, 0));
}

function close() {
  clearTimeout(again);
  clearTimeout(waiting);
  source?.close();
  source = undefined;
}

function open() {
  close();
  board = document.querySelector("[data-live]");
  if (!board || document.hidden) return;
  said = Date.now(); // the page has said it just now
  source = new EventSource(board.dataset.live);
  source.addEventListener("board", ({ data }) => board.isConnected && show(JSON.parse(data)));
  source.addEventListener("error", () => {
    // the browser comes again by itself, unless it was told no: there is no room, or one was signed out
    if (source?.readyState === EventSource.CLOSED) again = setTimeout(open, 10000 + Math.random() * 20000);
  });
}

document.addEventListener("puhui:page", open);
document.addEventListener("visibilitychange", open);
addEventListener("pagehide", close);
open();

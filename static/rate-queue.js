/* What was answered and is not yet confirmed: kept in this browser before it is sent, in order, each
   with the key that makes sending it again harmless. That is also why two pages of one rater need not
   agree on who sends: what a closed page left behind is sent by the next, and twice is once. What another rater left is theirs to send, once they are back.

   Knows: a POST is over when a page of ours has answered it. Does not know what was answered, nor
   what the answer looks like: `Queue.start(hooks)` is told. */
const Queue = (() => {
  "use strict";

  const { room, rater } = document.body.dataset;
  const PREFIX = `rating-queue ${room} ${rater} `; // in one browser there may be several
  const LONGEST_PAUSE_MS = 15000;
  const TIMEOUT_MS = 20000;
  const UNFIT = new Set([400, 413]); // the answer itself is at fault, whoever sends it
  const MOST_REFUSALS = 3;
  const entries = left();
  let hooks = null, isRunning = false, isLeaving = false, count = 0;

  addEventListener("beforeunload", (event) => {
    if (entries.length && !isLeaving) event.preventDefault();
  });

  function left() {
    const found = Kept.names(PREFIX).sort().map((id) => ({ ...Kept.read(id), id, wasLeft: true }));
    return found.filter(({ id, url, body }) => {
      const isWhole = typeof url === "string" && typeof body === "string";
      if (!isWhole) Kept.remove(id);
      return isWhole;
    });
  }

  function add(entry) {
    const turn = [Date.now(), ++count].map((number) => String(number).padStart(15, "0"));
    const id = PREFIX + [...turn, Math.random().toString(36).slice(2)].join(" ");
    Kept.write(id, entry);
    entries.push({ id, ...entry });
    run();
  }

  function remove(entry) {
    entries.splice(entries.indexOf(entry), 1);
    Kept.remove(entry.id);
  }

  function pauseUntilOnline(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      addEventListener("online", () => { clearTimeout(timer); resolve(); }, { once: true });
    });
  }

  async function run() {
    if (isRunning || !hooks) return;
    isRunning = true;
    try {
      await sendAll();
    } finally {
      isRunning = false;
    }
    hooks.emptied();
  }

  async function sendAll() {
    for (let pause = 1000; entries.length; ) {
      const entry = entries[0];
      if (entry.wasLeft && !Kept.has(entry.id)) { // another page has sent it
        entries.shift();
        continue;
      }
      const { page, code, trouble } = await send(entry);
      if (!trouble) {
        pause = 1000;
        remove(entry);
        hooks.answered(page, code, entry);
        continue;
      }
      if (trouble === "unfit" && isRefusedAgain(entry)) {
        remove(entry); // what stands behind it goes on; the draft of it stays
        hooks.refused();
        continue;
      }
      hooks.troubled(trouble === "unfit" ? "refused" : trouble);
      await pauseUntilOnline(pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  }

  function isRefusedAgain(entry) {
    entry.refusals = (entry.refusals ?? 0) + 1;
    return entry.refusals >= MOST_REFUSALS;
  }

  /* What a page of ours has answered; else what kept it from doing so. */
  async function send(entry) {
    try {
      const body = new URLSearchParams(entry.body);
      const showing = hooks.showing();
      if (showing) body.set("showing", showing);
      const response = await fetch(entry.url, {
        method: "POST",
        body,
        headers: { "X-Fragment": "1" },
        keepalive: true, // goes on when this page is closed
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const code = response.status;
      if (code >= 500 || code === 429) return { trouble: "trouble" };
      // A proxy or a sign-in page has stored nothing; nor have we, where we do not know who it is.
      if (!page.querySelector("#saved, #rating, #sorry")) {
        return { trouble: UNFIT.has(code) ? "unfit" : "refused" };
      }
      const isKnown = code !== 403 || page.querySelector("[data-stored]");
      return isKnown ? { page, code } : { trouble: "unknown" };
    } catch {
      return { trouble: "waiting" };
    }
  }

  return {
    add,
    start(given) { hooks = given; run(); },
    holds: (token) => entries.some((entry) => entry.token === token),
    isEmpty: () => entries.length === 0,
    letGo() { isLeaving = true; },
  };
})();

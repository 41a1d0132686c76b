/* How fast it goes, how much is left, and when a break would do good: one quiet line between two
   triples, never in the way. Knows times only. */
const Pace = (() => {
  "use strict";

  const SEEN = 10, FEWEST = 5;
  const line = document.querySelector(".top .pace");
  const times = [];

  function took(ms) {
    times.push(ms);
    if (times.length > SEEN) times.shift();
  }

  function left(triples) {
    if (times.length < FEWEST) return;
    const each = [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)];
    const words = triples
      ? line.dataset.left.replace("{minutes}", Math.max(1, Math.round((triples * each) / 60000)))
      : line.dataset.each.replace("{seconds}", Math.max(1, Math.round(each / 1000)));
    line.textContent = words;
    line.hidden = false;
  }

  function hide() {
    line.hidden = true;
  }

  return { took, left, hide };
})();

const Rest = (() => {
  "use strict";

  const AFTER_MS = 25 * 60000, AFTER_TRIPLES = 50, A_BREAK_MS = 5 * 60000;
  const STORE = "rating-since-rest";
  const line = document.getElementById("rest");
  const since = Kept.read(STORE, sessionStorage) ?? none();

  function none() {
    return { ms: 0, triples: 0, at: Date.now() };
  }

  function worked(ms) {
    if (Date.now() - since.at > A_BREAK_MS + ms) Object.assign(since, none()); // there was one
    Object.assign(since, { ms: since.ms + ms, triples: since.triples + 1, at: Date.now() });
    Kept.write(STORE, since, sessionStorage);
    Pace.took(ms);
  }

  function look() {
    line.hidden = since.ms < AFTER_MS && since.triples < AFTER_TRIPLES;
  }

  line.querySelector("button").addEventListener("click", () => {
    Object.assign(since, none());
    Kept.write(STORE, since, sessionStorage);
    look();
    document.getElementById("question")?.focus({ preventScroll: true });
  });

  return { worked, look };
})();

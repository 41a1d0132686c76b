/* Keeps the triples in hand while somebody is there, and gives back what was never shown when the page
   goes. Its farewell may come in after the next page has asked what is in hand: so every page says at
   once, and once more, what it shows. Knows: tokens and seconds. Does not know what stands on the
   screen: it is told. */
const Lease = (() => {
  "use strict";

  const SHORTEST_MS = 10000;
  const FIRST_MS = [300, 5000]; // once it is painted; and after the farewell of a slow page before
  const AT_MOST_EACH_MS = 1000;
  const SIGNS = ["keydown", "pointerdown", "pointermove", "scroll", "wheel"];
  let hand = null, last = -AT_MOST_EACH_MS, timer = 0, isAnybodyThere = true;

  const pause = () => Math.max((hand.seconds() * 1000) / 3, SHORTEST_MS);
  const since = () => performance.now() - last;

  function plan() {
    clearTimeout(timer);
    timer = setTimeout(() => { if (isAnybodyThere) beat(); else plan(); }, pause());
  }

  async function beat() {
    if (document.visibilityState === "visible" && hand.tokens().length) {
      last = performance.now();
      isAnybodyThere = false;
      try {
        const body = new URLSearchParams(hand.tokens().map((token) => ["token", token]));
        const response = await fetch(`${hand.home}beat/`, { method: "POST", body });
        if (response.status === 410) hand.lost();
      } catch { /* no network: the next beat may reach it */ }
    }
    plan();
  }

  function seen() {
    isAnybodyThere = true;
    if (since() >= pause()) beat();
  }

  function comeBack() {
    isAnybodyThere = true;
    if (since() >= AT_MOST_EACH_MS) beat();
  }

  function leave() {
    const [token] = hand.tokens();
    const fields = new URLSearchParams({ token, ahead: hand.unseen() ?? "" });
    if (token) navigator.sendBeacon(`${hand.home}leave/`, fields);
  }

  function start(given) {
    hand = given;
    plan();
    for (const ms of FIRST_MS) setTimeout(beat, ms);
    for (const sign of SIGNS) addEventListener(sign, seen, { capture: true, passive: true });
    addEventListener("focus", comeBack);
    document.addEventListener("visibilitychange", comeBack);
    addEventListener("pagehide", leave);
  }

  return { start };
})();

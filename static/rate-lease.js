/* Keeps the triples in hand while somebody is there, and gives back what was never shown when the page
   goes. Knows: tokens and seconds. Does not know what stands on the screen: it is told. */
const Lease = (() => {
  "use strict";

  const SHORTEST_MS = 10000;
  let hand = null, last = performance.now(), timer = 0;

  const isDue = () => performance.now() - last >= Math.max((hand.seconds() * 1000) / 3, SHORTEST_MS) - 50;

  function plan() {
    clearTimeout(timer);
    timer = setTimeout(beat, Math.max((hand.seconds() * 1000) / 3, SHORTEST_MS));
  }

  async function beat() {
    if (document.visibilityState === "visible" && hand.tokens().length) {
      last = performance.now();
      try {
        const body = new URLSearchParams(hand.tokens().map((token) => ["token", token]));
        const response = await fetch("beat/", { method: "POST", body });
        if (response.status === 410) hand.lost();
      } catch { /* no network: the next beat may reach it */ }
    }
    plan();
  }

  function start(given) {
    hand = given;
    plan();
    document.addEventListener("visibilitychange", () => { if (!document.hidden && isDue()) beat(); });
    addEventListener("pagehide", () => {
      const [token] = hand.tokens();
      const ahead = hand.unseen();
      if (token) navigator.sendBeacon("leave/", new URLSearchParams({ token, ahead: ahead ?? "" }));
    });
  }

  return { start };
})();

/* The clock of what is on the screen: since its first paint, how long it was in view and how long
   out of focus. A triple that comes back goes on where it was. Does not know what is rated. */
const Clock = (() => {
  "use strict";

  const times = new Map();
  let now = null; // the triple on the screen: { since, visible, blurred }
  let last = 0, wasVisible = true, wasBlurred = false;

  function tick() {
    const time = performance.now();
    if (now && wasVisible) now.visible += time - last;
    if (now && wasBlurred) now.blurred += time - last;
    last = time;
    wasVisible = document.visibilityState === "visible";
    wasBlurred = !document.hasFocus();
  }

  /* A second look at what was answered before (no token) is timed by itself. */
  function start(token) {
    tick();
    now = times.get(token) ?? { since: last, visible: 0, blurred: 0 };
    if (token) times.set(token, now);
  }

  function read() {
    tick();
    const { since, visible, blurred } = now ?? { since: last, visible: 0, blurred: 0 };
    return {
      elapsed_ms: Math.round(last - since),
      visible_ms: Math.round(visible),
      blurred_ms: Math.round(blurred),
    };
  }

  for (const event of ["focus", "blur"]) addEventListener(event, tick);
  document.addEventListener("visibilitychange", tick);
  return { start, read };
})();

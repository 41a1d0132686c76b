/* The clock of what is on the screen: since its first paint, how long it was in view and how long
   out of focus. A triple that comes back goes on where it was, after a reload or a crash too. Does not
   know what is rated. */
const Clock = (() => {
  "use strict";

  const PREFIX = "rating-clock ";
  const LONGEST_DAYS = 7, EACH_MS = 5000;
  const times = new Map();
  let now = null; // the triple on the screen: { token, since, visible, blurred }
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
    now = times.get(token) ?? { token, since: last, visible: 0, blurred: 0, ...kept(token) };
    if (token) times.set(token, now);
  }

  function kept(token) {
    const { at, visible, blurred } = (token && Kept.read(PREFIX + token)) || {};
    const isWhole = [at, visible, blurred].every(Number.isFinite);
    return isWhole ? { since: last - (Date.now() - at), visible, blurred } : {};
  }

  function keep() {
    tick();
    if (!now?.token) return;
    const { token, since, visible, blurred } = now;
    Kept.write(PREFIX + token, { at: Date.now() - (last - since), visible, blurred });
  }

  function forget(token) {
    if (now?.token === token) now = null;
    times.delete(token);
    Kept.remove(PREFIX + token);
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
  document.addEventListener("visibilitychange", keep);
  addEventListener("pagehide", keep);
  setInterval(keep, EACH_MS);
  Kept.clean(PREFIX, LONGEST_DAYS);
  return { start, read, forget };
})();

/* The rating room's hands: single keys, sending without a reload, and never twice.

   Knows: the form on the page is the whole answer, with the key that makes sending it again harmless;
   what comes back replaces #rating. Does not know what is rated. Without this file the same form works. */
(() => {
  "use strict";

  const SETTLE_MS = 250; // nobody has read a triple by then: a press so soon is a slip of the hand
  const status = document.getElementById("status");
  const sheet = document.getElementById("keys");
  const store = "pending " + location.pathname;
  const room = () => document.getElementById("rating");

  // --- the clock: since first paint, how long was it in view, how long out of focus ------------
  const clock = { since: 0, visible: 0, blurred: 0, wasVisible: true, wasBlurred: false };
  function tick() {
    const now = performance.now();
    if (clock.wasVisible) clock.visible += now - clock.since;
    if (clock.wasBlurred) clock.blurred += now - clock.since;
    clock.since = now;
    clock.wasVisible = document.visibilityState === "visible";
    clock.wasBlurred = !document.hasFocus();
  }
  function restart() {
    tick();
    clock.visible = clock.blurred = 0;
  }
  for (const event of ["focus", "blur"]) addEventListener(event, tick);
  document.addEventListener("visibilitychange", tick);

  // --- words for eyes and ears -------------------------------------------------------------------
  function say(words, loud = false) {
    status.textContent = words;
    status.classList.toggle("loud", loud);
    room().classList.toggle("waiting", loud);
  }

  // --- sending -------------------------------------------------------------------------------------
  const isBusy = () => room().getAttribute("aria-busy") === "true";
  const busy = (is) => room().setAttribute("aria-busy", String(is));
  let isWaiting = false;

  function pauseUntilOnline(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      addEventListener("online", () => { clearTimeout(timer); resolve(); }, { once: true });
    });
  }

  /* The same body, with its key, until the server has answered: then it is no longer pending. */
  async function deliver(pending) {
    for (let pause = 1000; ; pause = Math.min(pause * 2, 15000)) {
      try {
        const response = await fetch(pending.url, {
          method: "POST",
          body: new URLSearchParams(pending.body),
          headers: { "X-Fragment": "1" },
          signal: AbortSignal.timeout(20000),
        });
        const html = await response.text();
        if (response.status < 500 && response.status !== 429) {
          isWaiting = false;
          sessionStorage.removeItem(store);
          return show(html);
        }
        say(status.dataset.trouble, true);
      } catch {
        say(status.dataset.waiting, true);
      }
      isWaiting = true;
      await pauseUntilOnline(pause);
    }
  }

  function send(form, button) {
    if (isBusy()) return;
    busy(true);
    button.classList.add("picked");
    tick();
    form.elements.visible_ms.value = Math.round(clock.visible);
    form.elements.blurred_ms.value = Math.round(clock.blurred);
    const body = new URLSearchParams(new FormData(form));
    if (button.name) body.append(button.name, button.value);
    const url = button.getAttribute("formaction") || form.action;
    const pending = { url, body: body.toString() };
    sessionStorage.setItem(store, JSON.stringify(pending));
    deliver(pending);
  }

  async function load(url) {
    if (isBusy()) return;
    busy(true);
    try {
      const response = await fetch(url, { headers: { "X-Fragment": "1" } });
      show(await response.text());
    } catch {
      busy(false);
      say(status.dataset.offline, true);
    }
  }

  // --- showing ---------------------------------------------------------------------------------------
  function show(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("rating");
    if (!fresh) return location.reload(); // a page of its own (closed, unknown): let it speak
    room().replaceWith(document.adoptNode(fresh));
    scrollTo(0, 0);
    document.getElementById("question").focus({ preventScroll: true });
    say(fresh.dataset.said);
    ready();
  }

  function ready() {
    busy(true);
    for (const control of room().querySelectorAll("[data-key]")) {
      if (keysOn.checked) control.setAttribute("aria-keyshortcuts", control.dataset.key);
      else control.removeAttribute("aria-keyshortcuts");
    }
    requestAnimationFrame(() => requestAnimationFrame(restart));
    setTimeout(busy, SETTLE_MS, false);
  }

  // --- hands -------------------------------------------------------------------------------------------
  const keysOn = document.getElementById("keys-on");
  keysOn.checked = localStorage.getItem("keys") !== "off";
  document.documentElement.classList.toggle("no-keys", !keysOn.checked);
  keysOn.addEventListener("change", () => {
    localStorage.setItem("keys", keysOn.checked ? "on" : "off");
    document.documentElement.classList.toggle("no-keys", !keysOn.checked);
    ready();
  });

  document.addEventListener("submit", (event) => {
    if (event.target.id !== "answer") return;
    event.preventDefault();
    if (event.submitter) send(event.target, event.submitter);
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-swap]");
    if (link && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
      event.preventDefault();
      load(link.href);
    }
    if (event.target.closest(".keys-button")) sheet.showModal();
  });

  document.addEventListener("keydown", (event) => {
    if (!keysOn.checked || sheet.open || event.repeat || event.isComposing) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea")) return;
    const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code); // also where digits want Shift (AZERTY)
    const key = digit && !"?".includes(event.key) ? digit[1] : event.key.toLowerCase();
    const control = room().querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!control) return;
    event.preventDefault();
    control.click();
  });

  addEventListener("beforeunload", (event) => { if (isWaiting) event.preventDefault(); });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  ready();
  const unsent = sessionStorage.getItem(store); // a reload or a crash in the middle
  if (unsent) {
    busy(true);
    say(status.dataset.sending);
    deliver(JSON.parse(unsent));
  }
})();

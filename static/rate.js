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

  // --- the gate: closed while anything is on its way, and until a new triple has settled ---------
  const gate = { sending: false, settling: 0 };
  const isBusy = () => gate.sending || gate.settling > 0;
  const mark = () => room().setAttribute("aria-busy", String(isBusy()));
  function sending(is) {
    gate.sending = is;
    mark();
  }
  function settle() {
    clearTimeout(gate.settling);
    gate.settling = setTimeout(() => { gate.settling = 0; mark(); }, SETTLE_MS);
    mark();
  }

  // --- sending -------------------------------------------------------------------------------------
  let isWaiting = false;

  function pauseUntilOnline(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      addEventListener("online", () => { clearTimeout(timer); resolve(); }, { once: true });
    });
  }

  const parse = (html) => new DOMParser().parseFromString(html, "text/html");
  const keep = (pending) => sessionStorage.setItem(store, JSON.stringify(pending));

  /* The same body, with its key, until the rating page has answered: then it is no longer pending.
     Whoever else answers (a token that is too old, a proxy) has stored nothing. */
  async function deliver(pending) {
    let isFresh = false;
    for (let pause = 1000; ; pause = Math.min(pause * 2, 15000)) {
      try {
        const response = await fetch(pending.url, {
          method: "POST",
          body: new URLSearchParams(pending.body),
          headers: { "X-Fragment": "1" },
          signal: AbortSignal.timeout(20000),
        });
        const page = parse(await response.text());
        if (response.status < 500 && response.status !== 429) {
          if (page.getElementById("rating") || page.getElementById("sorry")) {
            return answered(page, response.status);
          }
          if (isFresh) return notStored();
          await refresh(pending);
          isFresh = true;
          continue;
        }
        say(status.dataset.trouble, true);
      } catch {
        say(status.dataset.waiting, true);
      }
      isWaiting = true;
      await pauseUntilOnline(pause);
    }
  }

  function answered(page, code) {
    isWaiting = false;
    // Not known in this browser, or not open yet: the answer waits for the link to be opened again.
    if (code !== 403) sessionStorage.removeItem(store);
    show(page);
  }

  function notStored() {
    isWaiting = false;
    sending(false);
    say(status.dataset.refused, true);
  }

  /* The form's token was too old (someone signed in, cookies were cleared): take today's. */
  async function refresh(pending) {
    const url = location.pathname + "?begin";
    const response = await fetch(url, {
      headers: { "X-Fragment": "1" },
      signal: AbortSignal.timeout(20000),
    });
    const token = parse(await response.text()).querySelector("[name=csrfmiddlewaretoken]");
    if (!token) return;
    const body = new URLSearchParams(pending.body);
    body.set("csrfmiddlewaretoken", token.value);
    pending.body = body.toString();
    keep(pending);
    for (const field of document.getElementsByName("csrfmiddlewaretoken")) field.value = token.value;
  }

  function send(form, button) {
    if (isBusy()) return;
    sending(true);
    button.classList.add("picked");
    tick();
    form.elements.visible_ms.value = Math.round(clock.visible);
    form.elements.blurred_ms.value = Math.round(clock.blurred);
    const body = new URLSearchParams(new FormData(form));
    if (button.name) body.append(button.name, button.value);
    const url = button.getAttribute("formaction") || form.action;
    const pending = { url, body: body.toString() };
    keep(pending);
    deliver(pending);
  }

  async function load(url) {
    if (isBusy()) return;
    sending(true);
    try {
      const response = await fetch(url, { headers: { "X-Fragment": "1" } });
      show(parse(await response.text()));
    } catch {
      sending(false);
      say(status.dataset.offline, true);
    }
  }

  // --- showing ---------------------------------------------------------------------------------------
  function show(page) {
    const fresh = page.getElementById("rating");
    if (!fresh) return location.reload(); // a page of its own (closed, unknown): let it speak
    room().replaceWith(document.adoptNode(fresh));
    scrollTo(0, 0);
    document.getElementById("question").focus({ preventScroll: true });
    say(fresh.dataset.said);
    ready();
  }

  function ready() {
    gate.sending = false;
    label();
    settle();
    requestAnimationFrame(() => requestAnimationFrame(restart));
  }

  function label() {
    for (const control of room().querySelectorAll("[data-key]")) {
      if (keysOn.checked) control.setAttribute("aria-keyshortcuts", control.dataset.key);
      else control.removeAttribute("aria-keyshortcuts");
    }
  }

  // --- hands -------------------------------------------------------------------------------------------
  const keysOn = document.getElementById("keys-on");
  keysOn.checked = localStorage.getItem("keys") !== "off";
  document.documentElement.classList.toggle("no-keys", !keysOn.checked);
  keysOn.addEventListener("change", () => {
    localStorage.setItem("keys", keysOn.checked ? "on" : "off");
    document.documentElement.classList.toggle("no-keys", !keysOn.checked);
    label();
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

  /* What a key means: its letter; its place where digits want Shift (AZERTY) or letters are not Latin. */
  function pressed(event) {
    const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
    if (digit && event.key !== "?") return digit[1];
    const letter = /^Key([A-Z])$/.exec(event.code);
    const isForeign = /^\p{L}$/u.test(event.key) && !/^\p{Script=Latin}$/u.test(event.key);
    return (letter && isForeign ? letter[1] : event.key).toLowerCase();
  }

  document.addEventListener("keydown", (event) => {
    if (!keysOn.checked || sheet.open || event.repeat || event.isComposing) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea")) return;
    const control = room().querySelector(`[data-key="${CSS.escape(pressed(event))}"]`);
    if (!control) return;
    event.preventDefault();
    control.click();
  });

  addEventListener("beforeunload", (event) => { if (isWaiting) event.preventDefault(); });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  ready();
  const unsent = sessionStorage.getItem(store); // a reload or a crash in the middle
  if (unsent) {
    sending(true);
    say(status.dataset.sending);
    deliver(JSON.parse(unsent));
  }
})();

/* Single keys: which key means which act, switched off and remapped in the sheet (WCAG 2.1.4), kept in
   this browser and printed on the controls. Does not know what an act does. */
const Keys = (() => {
  "use strict";

  const STORE = "rating-keys";
  const SHOWN = { Enter: "⏎", Backspace: "⌫", " ": "␣" };
  const sheet = document.getElementById("keys");
  const rows = sheet ? [...sheet.querySelectorAll("[data-act]")] : [];
  const toggle = document.getElementById("keys-on");
  const own = Kept.read(STORE) ?? {}; // { isOff, of: { act: key } }
  own.of ??= {};
  let waiting = null; // the row whose new key is awaited

  const keyOf = (row) => own.of[row.dataset.act] ?? row.dataset.key;
  const actOf = (key) => rows.find((row) => keyOf(row) === key)?.dataset.act;
  const print = (key) => SHOWN[key] ?? key.toUpperCase();

  /* What a key means: its letter; its place where digits want Shift (AZERTY) or letters are not Latin. */
  function pressed(event) {
    const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
    if (digit && (/^\d$/.test(event.key) || !event.shiftKey) && !/^[+\-?]$/.test(event.key)) return digit[1];
    const letter = /^Key([A-Z])$/.exec(event.code);
    const isForeign = /^\p{L}$/u.test(event.key) && !/^\p{Script=Latin}$/u.test(event.key);
    return (letter && isForeign ? letter[1] : event.key).toLowerCase();
  }

  const isPrintable = (key) => [...key].length === 1 && key !== " ";

  /* Print the keys on the controls of a triple; nothing where they are switched off. */
  function label(room) {
    for (const control of room.querySelectorAll("[data-act], [data-act-of]")) {
      const row = rows.find(({ dataset }) => dataset.act === (control.dataset.act ?? control.dataset.actOf));
      if (!row) continue;
      const printed = control.matches("kbd") ? control : control.querySelector("kbd")
        ?? control.closest("label")?.querySelector("kbd");
      if (printed) printed.textContent = print(keyOf(row));
      if (control.matches("kbd")) continue;
      if (own.isOff) control.removeAttribute("aria-keyshortcuts");
      else control.setAttribute("aria-keyshortcuts", keyOf(row));
    }
  }

  function show() {
    for (const row of rows) row.querySelector("kbd").textContent = print(keyOf(row));
    if (toggle) toggle.checked = !own.isOff;
    document.documentElement.classList.toggle("no-keys", Boolean(own.isOff));
    label(document.getElementById("rating"));
  }

  function save() {
    Kept.write(STORE, own);
    show();
  }

  // --- the sheet ---------------------------------------------------------------------------------
  function say(words) {
    document.getElementById("keys-said").textContent = words;
  }

  function listen(row) {
    waiting?.classList.remove("waiting");
    waiting = row;
    row?.classList.add("waiting");
    say(row ? document.getElementById("keys-said").dataset.press : "");
  }

  /* A key that is taken changes places with the old one, so that no two acts share one. */
  function set(row, key) {
    const taken = rows.find((other) => other !== row && keyOf(other) === key);
    const old = keyOf(row);
    own.of[row.dataset.act] = key;
    if (taken) own.of[taken.dataset.act] = old;
    listen(null);
    say(document.getElementById("keys-said").dataset[taken ? "exchanged" : "set"]);
    save();
  }

  sheet?.addEventListener("keydown", (event) => {
    if (!waiting || event.key === "Tab") return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") listen(null);
    else if (isPrintable(pressed(event))) set(waiting, pressed(event));
  });
  sheet?.addEventListener("click", (event) => {
    const row = event.target.closest(".remap");
    if (row) listen(row);
  });
  sheet?.addEventListener("close", () => listen(null));
  sheet?.addEventListener("cancel", (event) => { if (waiting) event.preventDefault(); });
  toggle?.addEventListener("change", () => {
    own.isOff = !toggle.checked;
    save();
  });
  document.getElementById("keys-default")?.addEventListener("click", () => {
    own.of = {};
    save();
  });

  /* The act of a key press, or nothing: in a text, in a dialog, with a modifier, switched off. Arrows,
     Enter and Backspace are not letters: they stay when single keys are off. */
  const FIXED = {
    Enter: "send", Backspace: "back",
    ArrowLeft: "left", ArrowRight: "right-card", ArrowUp: "up", ArrowDown: "down",
  };

  function actFor(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return undefined;
    if (document.querySelector("dialog[open], :popover-open")) return undefined;
    if (event.target.closest("textarea, select, input:not([type=radio], [type=checkbox])")) return undefined;
    const fixed = FIXED[event.key];
    if (fixed) {
      const isOn = event.target.matches(":focus-visible");
      if (fixed === "send" && isOn && event.target.closest("a, button, summary")) return undefined;
      if (event.key.startsWith("Arrow") && isOn && event.target.matches("[type=radio]")) return undefined;
      return event.repeat && fixed === "send" ? undefined : fixed;
    }
    return own.isOff || event.repeat ? undefined : actOf(pressed(event));
  }

  show();
  return { actFor, label, openSheet: () => sheet?.showModal() };
})();

/* The room's hands: what a press, a tap or a key does. Knows which act belongs to which part of the
   room. Does not know what is on the screen, nor how an answer is sent. */
(() => {
  "use strict";

  const { screen, say, words } = Room;

  document.addEventListener("submit", (event) => {
    const { target, submitter } = event;
    if (target.id === "flagging") {
      target.closest("[popover]").hidePopover();
      if (!Room.isShut()) Room.commit(target.action, new FormData(target));
    } else if (target.id !== "answer") return;
    event.preventDefault();
    if (submitter && target.id === "answer") Room.press(submitter);
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-swap]");
    if (link && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
      event.preventDefault();
      Room.undo(link);
    }
    if (event.target.closest(".keys-button")) Keys.openSheet();
    const ranked = event.target.closest("[data-rank]");
    if (ranked && !Room.isShut() && Room.hasSettled()) rank(Number(ranked.dataset.rank));
  });

  document.addEventListener("change", (event) => {
    if (!event.target.closest("#answer")) return;
    Room.hush();
    Form.changed(screen(), event.target);
    Draft.keep(screen());
  });
  document.addEventListener("input", (event) => {
    if (event.target.matches("#answer textarea")) Draft.keep(screen());
  });

  function rank(slot) {
    const given = Ranking.press(screen(), slot);
    const said = given ? words.ranked : words.unranked;
    say(said.replace("{slot}", slot).replace("{rank}", given));
  }

  function markStep(value) {
    const made = Form.mark(screen(), value);
    if (made) say(words.marked.replace(/\{(\w+)\}/g, (_, name) => made[name]));
  }

  function moveTo(by) {
    if (!Form.moveSlot(screen(), by)) return false;
    say(words.active.replace("{slot}", Form.active.slot));
    return true;
  }

  const acts = {
    left: () => moveTo(document.dir === "rtl" ? 1 : -1),
    "right-card": () => moveTo(document.dir === "rtl" ? -1 : 1),
    up: () => Form.moveStep(screen(), -1),
    down: () => Form.moveStep(screen(), 1),
    right: () => markStep("1"),
    neither: () => markStep("0"),
    wrong: () => markStep("-1"),
    "no-errors": () => Form.noErrors(screen()),
    keys: () => Keys.openSheet(),
    comment: () => document.getElementById("comment").focus(),
    back: () => Ranking.isAsked(screen()) ? Ranking.back(screen()) : Form.takeBack(screen()),
  };

  function perform(act) {
    const room = screen();
    if (act in acts) return acts[act]();
    if (act.startsWith("reason-")) {
      if (!Form.reason(room, act.slice("reason-".length))) say(words.activate, "loud");
      return true;
    }
    if (act === "tie" && Ranking.isAsked(room) && Ranking.allowsEqual(room) && Ranking.hasBegun(room)) {
      Ranking.tie(room);
      return say(words.equal);
    }
    if (act.startsWith("slot-") && room.dataset.protocol === "best-worst") {
      return Form.bestOrWorst(room, Number(act.slice("slot-".length)));
    }
    const control = room.querySelector(`[data-act="${CSS.escape(act)}"]`);
    control?.click();
    return control !== null;
  }

  /* A digit belongs to the scale that has the focus, never to a slot behind it. */
  function score(event) {
    if (!/^\d$/.test(event.key) || !event.target.matches("[type=radio][name^=score_]")) return false;
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    event.preventDefault();
    const given = screen().querySelector(`[name="${event.target.name}"][value="${event.key}"]`);
    given?.click();
    given?.focus();
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (score(event)) return undefined;
    if (event.key === "Escape" && event.target.matches("#comment")) return event.target.blur();
    const act = Keys.actFor(event);
    if (!act || Room.isShut()) return undefined;
    if (!Room.hasSettled()) return event.preventDefault();
    Room.hush();
    if (perform(act) !== false) event.preventDefault();
    return undefined;
  });
})();

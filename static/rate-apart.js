/* The room's hands on a page of which nothing is a rating (practice, a researcher's preview): what is
   answered is sent as the plain form would be, and the next page says what came of it. Stands in for
   rate.js and rate-draft.js, and keeps nothing. Does not know what is shown. */
const Draft = { keep() {} };
const Room = (() => {
  "use strict";

  const status = document.getElementById("status");
  const screen = () => document.getElementById("rating");
  let isSent = false;

  function say(words, how = "") {
    status.textContent = words;
    status.classList.toggle("loud", how === "loud");
  }

  function send(form, answer) {
    if (isSent) return;
    isSent = true;
    const field = Object.assign(document.createElement("input"), { type: "hidden", name: "answer" });
    field.value = answer;
    form.append(field);
    form.submit();
  }

  function press(button) {
    const room = screen(), form = room.querySelector("#answer");
    if (!button.hasAttribute("formaction") && Form.isSentByEnter(room)) {
      if (button.matches(".none, .tie-all")) return Form.choose(room, button.value);
      const missing = Form.missing(room, status.dataset);
      if (missing) return say(missing.words, "loud");
    }
    return send(form, room.dataset.choice ?? button.value);
  }

  function start() {
    const room = screen();
    Ranking.attach(room);
    Form.attach(room);
    Keys.label(room);
    Form.begin(room);
    room.setAttribute("aria-busy", "false");
  }

  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  return {
    screen, say, press, start,
    commit: () => send(document.getElementById("flagging"), ""),
    undo() {},
    words: status.dataset,
    isShut: () => isSent,
    hasSettled: () => true,
    hush: () => say(""),
  };
})();

Room.start();

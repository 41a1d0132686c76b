/* What somebody has begun to say about a triple, kept in this browser until it is confirmed.
   Knows: a form's fields and the triple's token. Does not know what they mean. */
const Draft = (() => {
  "use strict";

  const PREFIX = "rating-draft ";
  const LONGEST_DAYS = 7;
  const OURS = new Set(["token", "key", "revise", "elapsed_ms", "visible_ms", "blurred_ms", "viewport"]);

  const nameOf = (room) => `${PREFIX}${room.dataset.token}${"revise" in room.dataset ? " again" : ""}`;

  function keep(room) {
    const form = room.querySelector("#answer");
    const fields = [...new FormData(form)].filter(([name]) => !OURS.has(name));
    const draft = { at: Date.now(), fields, choice: room.dataset.choice };
    Kept.write(nameOf(room), draft);
  }

  /* Puts back what was begun; whether there was anything. */
  function restore(room) {
    const { fields, choice } = Kept.read(nameOf(room)) ?? {};
    if (!Array.isArray(fields) || !fields.every(Array.isArray)) return false;
    for (const control of room.querySelectorAll("#answer :is(input[type=radio], input[type=checkbox])")) {
      control.checked = fields.some(([name, value]) => name === control.name && value === control.value);
    }
    for (const control of room.querySelectorAll("#answer :is(select, textarea)")) {
      control.value = fields.find(([name]) => name === control.name)?.[1] ?? "";
    }
    if (choice) room.dataset.choice = choice;
    return true;
  }

  function forget(token) {
    Kept.remove(PREFIX + token);
    Kept.remove(`${PREFIX}${token} again`);
  }

  Kept.clean(PREFIX, LONGEST_DAYS);
  return { keep, restore, forget };
})();

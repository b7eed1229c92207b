/* What the browser itself must do at the desk: clocks, keys, live parts. Every action is a form that works without it. */
"use strict";

const serverAhead = (() => {
  const made = document.documentElement.dataset.now;
  return made ? Date.parse(made) - Date.now() : 0;
})();
const now = () => Date.now() + serverAhead;

/* -- clocks: <time data-due> counts down, and says by its class how it stands -- */
function spanText(milliseconds, days) {
  let seconds = Math.floor(Math.abs(milliseconds) / 1000);
  if (seconds >= 2 * 86400) return days.replace("0", Math.floor(seconds / 86400));
  const hours = Math.floor(seconds / 3600), minutes = Math.floor((seconds % 3600) / 60);
  seconds %= 60;
  const two = (n) => String(n).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}
function tick() {
  const days = document.documentElement.dataset.days || "0 d";
  for (const clock of document.querySelectorAll("time[data-due]")) {
    const left = Date.parse(clock.dataset.due) - now();
    const text = (left < 0 ? "+" : "") + spanText(left, days);
    if (clock.firstChild && clock.firstChild.data !== text) clock.firstChild.data = text;
    if (clock.classList.contains("clock")) {
      clock.classList.toggle("late", left < 0);
      clock.classList.toggle("soon", left >= 0 && left < 600000);
      clock.classList.toggle("well", left >= 600000);
    }
    if (left < 0 && clock.dataset.was !== "late" && clock.closest("[data-live]")) refresh();
    clock.dataset.was = left < 0 ? "late" : "early";
  }
  for (const toast of document.querySelectorAll("[data-until]")) {
    const left = Math.ceil((Date.parse(toast.dataset.until) - now()) / 1000);
    const shown = toast.querySelector("[data-seconds]");
    if (shown) shown.textContent = Math.max(0, left);
    if (left <= 0) toast.remove();
  }
}

/* -- live parts -- */
let refreshing = null;
function refresh() {
  if (refreshing) return;
  refreshing = setTimeout(() => {
    refreshing = null;
    for (const part of document.querySelectorAll("[data-live]")) htmx.trigger(part, "changed");
  }, 120);
}
if (document.querySelector("[data-live]")) {
  const source = new EventSource("/live");
  source.addEventListener("changed", refresh);
  source.addEventListener("error", () => {
    document.body.classList.add("offline");
    if (source.readyState !== EventSource.CLOSED) return;  // it tries again by itself
    const last = Number(sessionStorage.getItem("reloaded") || 0);
    if (Date.now() - last < 60000) return;  // the session has ended, or the desk is down: look once a minute
    sessionStorage.setItem("reloaded", String(Date.now()));
    location.reload();
  });
  source.addEventListener("open", () => document.body.classList.remove("offline"));
  addEventListener("pagehide", () => source.close());
}
setInterval(tick, 1000);
tick();
/* what had the focus keeps it when its part is fetched anew */
let focused = "";
document.addEventListener("htmx:beforeSwap", () => {
  const at = document.activeElement;
  focused = at && at.id ? at.id : "";
});
document.addEventListener("htmx:afterSwap", () => {
  tick();
  const again = focused && document.getElementById(focused);
  if (again && document.activeElement !== again) again.focus({ preventScroll: true });
});

/* -- outcomes: one key each; what an outcome needs is asked for before it is sent -- */
const typing = (at) => at && (at.matches("input:not([type=checkbox],[type=radio]), textarea, select") || at.isContentEditable);
function firstMissing(button) {
  for (const name of (button.dataset.asks || "").split(" ").filter(Boolean)) {
    const fields = [...document.querySelectorAll(`[data-detail="${name}"]`)];
    const changed = fields.some((field) => (name === "changes" ? field.value !== field.defaultValue : field.value.trim()));
    if (fields.length && !changed) return fields[0];
  }
  return null;
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-asks]");
  if (!button) return;
  const form = button.form;
  for (const other of form.querySelectorAll("button[data-asks]")) other.setAttribute("aria-pressed", String(other === button));
  const missing = firstMissing(button);
  if (!missing) return;
  event.preventDefault();
  form.dataset.chosen = button.value;
  for (const field of form.querySelectorAll(".wanted")) field.classList.remove("wanted");
  const details = missing.closest("details");
  if (details) details.open = true;
  (missing.closest(".field") || missing).classList.add("wanted");
  missing.focus();
});
document.addEventListener("submit", (event) => {
  const question = event.submitter && event.submitter.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
});
document.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-fill]");
  if (!chip) return;
  const field = document.getElementById(chip.dataset.into);
  const more = field.tagName === "TEXTAREA" && field.value.trim();  // a list grows line by line
  field.value = more ? field.value.trimEnd() + "\n" + chip.dataset.fill : chip.dataset.fill;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});

/* -- keys -- */
function press(key, event) {
  const target = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key && !one.disabled && one.offsetParent !== null);
  if (!target) return;
  event.preventDefault();
  if (target.matches("input, textarea, select")) target.focus(); else target.click();
}
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.isComposing) return;
  const at = document.activeElement;
  if (typing(at)) {
    if (event.key === "Escape") { at.blur(); event.preventDefault(); return; }
    if (event.altKey && /^Digit[1-9]$/.test(event.code)) { press(event.code.slice(5), event); return; }
    if (event.key === "Enter" && at.form && at.form.dataset.chosen && (at.tagName === "INPUT")) {
      const chosen = at.form.querySelector(`button[data-asks][value="${CSS.escape(at.form.dataset.chosen)}"]`);
      if (chosen) { event.preventDefault(); chosen.click(); }
    }
    return;
  }
  if (event.altKey) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp" || event.key === "j" || event.key === "k") {
    const rows = [...document.querySelectorAll("[data-row]")];
    if (!rows.length) return;
    const here = rows.indexOf(at);
    const step = event.key === "ArrowDown" || event.key === "j" ? 1 : -1;
    rows[Math.max(0, Math.min(rows.length - 1, here < 0 ? 0 : here + step))].focus();
    event.preventDefault();
    return;
  }
  if (event.key === "?") { const help = document.getElementById("keys"); if (help && !help.open) help.showModal(); event.preventDefault(); return; }
  if (document.querySelector("dialog[open]")) return;
  press(event.key, event);
});
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens).showModal();
  if (event.target.matches("[data-closes]")) event.target.closest("dialog").close();
});

/* -- where a value was read: the value and its words light up together -- */
function light(origin, on) {
  for (const one of document.querySelectorAll(origin.split(" ").map((id) => `[data-origin~="${CSS.escape(id)}"]`).join(","))) {
    one.classList.toggle("lit", on);
    if (on && one.tagName === "MARK") {
      const box = one.closest(".mail");
      if (box) box.scrollTop = Math.max(0, one.offsetTop - box.offsetTop - box.clientHeight / 2);
    }
  }
}
for (const [kind, on] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) {
  document.addEventListener(kind, (event) => {
    const one = event.target.closest ? event.target.closest("[data-origin]") : null;
    if (one) light(one.dataset.origin, on);
  });
}

/* -- the lease goes on while somebody works at the sheet -- */
const sheet = document.querySelector("form[data-keep]");
if (sheet) {
  let busy = false;
  for (const kind of ["keydown", "pointerdown", "input"]) document.addEventListener(kind, () => { busy = true; });
  setInterval(() => {
    if (!busy) return;
    busy = false;
    fetch(sheet.dataset.keep, { method: "POST", headers: { "x-csrf": sheet.querySelector("[name=csrf]").value } })
      .then((answer) => { if (answer.status === 409) location.reload(); });
  }, 60000);
}

/* a live part that says the task is gone tells so without taking away what is being typed */
document.addEventListener("change", (event) => {
  if (event.target.matches("form.filters select, form.filters input[type=checkbox]")) event.target.form.requestSubmit();
});

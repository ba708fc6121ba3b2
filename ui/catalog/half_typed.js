// Streamlit has no value for a date or a time of which only a part was typed, and a date like that is put back
// when one leaves it. This tells the server which of the form's fields were left so, and what stood in them:
// before the click that left them, so that it is known when "Publish" is pressed.
const left = new WeakMap();
let count = 0;

const keyed = (element, prefix) => {
  const box = element instanceof Element && element.closest(`[class*="st-key-${prefix}"]`);
  const name = box && [...box.classList].find((name) => name.startsWith(`st-key-${prefix}`));
  return name ? { box, name: name.slice(`st-key-${prefix}`.length) } : null;
};

// What stands in a field that is not whole; empty where it is, or where nothing was typed.
const half = (box) => {
  const group = box.querySelector('[role="group"]');
  const parts = [...(group?.querySelectorAll('[role="spinbutton"]') ?? [])];
  const typed = parts.filter((part) => !part.dataset.placeholder);
  const year = parts.find((part) => part.dataset.type === "year");
  const whole = typed.length === parts.length && !(year && Number(year.getAttribute("aria-valuenow")) < 1000);
  if (typed.length === 0 || (whole && !box.querySelector("[data-has-error]"))) return "";
  // Without the signs that keep the order of a time from left to right.
  return group.innerText.replace(/[\u2066-\u2069\s]/g, "");
};

export default function (component) {
  const { prefix } = component.data;
  const host = component.parentElement;
  if (!left.has(host)) left.set(host, {});
  const look = ({ box, name }) => {
    const found = left.get(host), text = half(box);
    if (text === (found[name]?.text ?? "")) return;
    if (text) found[name] = { text, number: ++count };
    else delete found[name];
    component.setStateValue("half", { ...found });
  };
  const onLeave = (event) => {
    const field = keyed(event.target, prefix);
    if (field && !field.box.contains(event.relatedTarget)) look(field);
  };
  // Somebody comes back to it, perhaps from the calendar, whose day the field shows a moment later.
  const onEnter = (event) => {
    const field = keyed(event.target, prefix);
    if (!field || field.box.contains(event.relatedTarget)) return;
    for (const afterMs of [0, 300]) setTimeout(() => half(field.box) || look(field), afterMs);
  };
  document.addEventListener("focusout", onLeave, true);
  document.addEventListener("focusin", onEnter, true);
  return () => {
    document.removeEventListener("focusout", onLeave, true);
    document.removeEventListener("focusin", onEnter, true);
  };
}

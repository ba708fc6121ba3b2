// The photos of the page, a row each: a click on a row tells which one to show, a click on a heading sorts.
// File names come from the viewer and are set as text, never as HTML.
function make(tag, className, parent, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  parent?.append(node);
  return node;
}

const COLUMNS = [
  ["name", "Photo", "at-pt-first"],
  ["faces", "Faces", "at-pt-number"],
  ["word", "Expression", "at-pt-mood"],
  ["confidence", "Sure", "at-pt-number at-pt-extra"],
  ["valence", "Pleasant", "at-pt-number at-pt-extra"],
  ["arousal", "Energy", "at-pt-number at-pt-extra"],
];
const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
const views = new WeakMap();

function compare(a, b, key) {
  // What could not be read has no such value and comes last either way.
  const [left, right] = [a[key] ?? null, b[key] ?? null];
  if (left === null || right === null) return null;
  return typeof left === "string" ? left.localeCompare(right, undefined, { numeric: true }) : left - right;
}

function sorted(rows, { key, down }) {
  if (!key) return rows;
  return [...rows].sort((a, b) => {
    const order = compare(a, b, key);
    if (order === null) return ((a[key] ?? null) === null) - ((b[key] ?? null) === null);
    return down ? -order : order;
  });
}

function fillRow(line, row, choose) {
  const first = make("td", "at-pt-first", line);
  const name = make("div", "at-pt-name", first);
  if (row.thumbnail) {
    const picture = make("img", "at-pt-picture", name);
    picture.src = row.thumbnail;
    picture.alt = "";
  } else {
    make("span", "at-pt-picture at-pt-broken", name, "!").setAttribute("aria-hidden", "true");
  }
  const words = make("div", "at-pt-words", name);
  const open = make("button", "at-pt-open", words, row.name);
  open.type = "button";
  open.addEventListener("click", (event) => { event.stopPropagation(); choose(row.id); });
  if (row.problem) {
    line.classList.add("at-pt-failed");
    make("p", "at-pt-problem", words, `Could not be read. ${row.problem}`);
    first.colSpan = COLUMNS.length;
    return;
  }
  make("td", "at-pt-number", line, String(row.faces));
  const mood = make("td", "at-pt-mood", line);
  const chip = make("span", "at-chip", mood);
  chip.dataset.mood = row.mood;
  make("span", "at-dot", chip).setAttribute("aria-hidden", "true");
  chip.append(row.word);
  make("td", "at-pt-number at-pt-extra", line, row.confidence === null ? "" : `${Math.round(row.confidence * 100)}%`);
  for (const key of ["valence", "arousal"]) {
    make("td", "at-pt-number at-pt-extra", line, row[key] === null ? "" : signed(row[key]));
  }
}

function render(root, view) {
  root.replaceChildren();
  const table = make("table", "at-pt-table", root);
  const top = make("tr", "", make("thead", "", table));
  for (const [key, words, className] of COLUMNS) {
    const cell = make("th", className, top);
    cell.scope = "col";
    const here = view.sort.key === key;
    cell.setAttribute("aria-sort", here ? (view.sort.down ? "descending" : "ascending") : "none");
    const button = make("button", "at-pt-sort", cell, here ? `${words} ${view.sort.down ? "↓" : "↑"}` : words);
    button.type = "button";
    button.addEventListener("click", () => {
      const numeric = key !== "name" && key !== "word";
      view.sort = { key, down: here ? !view.sort.down : numeric };
      render(root, view);
      root.querySelectorAll(".at-pt-sort")[COLUMNS.findIndex((c) => c[0] === key)].focus();
    });
  }
  const body = make("tbody", "", table);
  for (const row of sorted(view.rows, view.sort)) {
    const line = make("tr", "at-pt-row", body);
    line.dataset.testid = "photo-row";
    line.dataset.name = row.name;
    const mark = () => {
      const chosen = row.id === view.chosen;
      line.classList.toggle("at-pt-chosen", chosen);
      if (chosen) line.setAttribute("aria-current", "true");
      else line.removeAttribute("aria-current");
    };
    view.marks.push(mark);
    const choose = (id) => {
      view.chosen = id;
      view.marks.forEach((each) => each());
      view.tell(id);
    };
    fillRow(line, row, choose);
    line.addEventListener("click", () => choose(row.id));
    mark();
  }
}

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  let view = views.get(parentElement);
  const key = JSON.stringify(data.rows);
  if (!view) {
    const root = make("div", "at-pt", parentElement);
    root.dataset.testid = "photo-table";
    view = { root, sort: { key: "", down: false }, marks: [] };
    views.set(parentElement, view);
  }
  view.tell = (id) => setTriggerValue("chosen", id);
  view.chosen = data.chosen;
  if (view.key !== key) {
    Object.assign(view, { key, rows: data.rows, marks: [] });
    render(view.root, view);
  } else {
    view.marks.forEach((each) => each());
  }
  return () => {
    views.get(parentElement)?.root.remove();
    views.delete(parentElement);
  };
}

// Tells the server which dropped files the uploader itself refused: their bytes never left the browser, so the
// server would take the form for one without a file.
export default function (component) {
  let last = "";
  const look = () => {
    const refused = document.querySelectorAll('[data-testid="stFileChip"][aria-invalid="true"] [data-testid="stFileChipName"]');
    const names = [...refused].map((name) => name.title.slice(0, 100)).join(", ");
    if (names !== last) {
      last = names;
      component.setStateValue("names", names);
    }
  };
  look();
  const timer = setInterval(look, 200);
  return () => clearInterval(timer);
}

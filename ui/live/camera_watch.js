// Tells the server what the camera's frame says when the browser refuses to start it, and dresses the frame in
// the page's colours and letters. streamlit-webrtc shows such an error inside its frame and keeps it to itself;
// the frame is of this page's own origin.
const WORN = ["accent", "accent-text", "surface", "soft", "text", "muted", "line", "font"].map((name) => `--at-${name}`);

// The page's own fonts, with whole addresses: the frame lies in another folder.
const fonts = () => [...document.styleSheets].flatMap((sheet) => {
  try {
    return [...sheet.cssRules].filter((rule) => rule instanceof CSSFontFaceRule && rule.cssText.includes("Source"))
      .map((rule) => rule.cssText.replace(/url\("([^"]+)"\)/g, (_, to) => `url("${new URL(to, sheet.href ?? document.baseURI)}")`));
  } catch {
    return [];  // a sheet from elsewhere, which may not be read
  }
});

const dress = (inner, sheet) => {
  if (!inner.getElementById("attune-look")) {
    const style = inner.createElement("style");
    style.id = "attune-look";
    style.textContent = fonts().join("\n") + sheet;
    inner.head.append(style);
  }
  inner.documentElement.toggleAttribute("data-small", innerWidth <= 704);
  const own = getComputedStyle(document.documentElement);
  for (const name of WORN) inner.documentElement.style.setProperty(name, own.getPropertyValue(name));
};

export default function (component) {
  let last = "";
  const look = () => {
    const inner = document.querySelector('iframe[title*="webrtc"]')?.contentDocument;
    if (inner?.head) dress(inner, component.data?.sheet ?? "");
    const said = (inner?.querySelector('[role="alert"]')?.textContent ?? "").slice(0, 200);
    if (said !== last) {
      last = said;
      component.setStateValue("said", said);
    }
  };
  look();
  const timer = setInterval(look, 400);
  return () => clearInterval(timer);
}

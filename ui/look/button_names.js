// Gives buttons that say the same ("Edit", 24 times) names of their own for screen readers. Streamlit draws buttons anew
// as it likes, so whatever comes into the page is looked at again.
export default function (component) {
  const names = component.data ?? {};
  const give = () => {
    for (const [key, name] of Object.entries(names)) {
      const button = document.querySelector(`.st-key-${CSS.escape(key)} button`);
      if (button && button.getAttribute("aria-label") !== name) button.setAttribute("aria-label", name);
    }
  };
  give();
  const watch = new MutationObserver(give);
  watch.observe(document.body, { childList: true, subtree: true });
  return () => watch.disconnect();
}

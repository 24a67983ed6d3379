// Lets people look at the password that they type.
for (const input of document.querySelectorAll("[data-show] input[type=password]")) {
  const { show, hide } = input.closest("[data-show]").dataset;
  const box = document.createElement("span");
  const peek = document.createElement("input");
  box.className = "secret";
  peek.className = "peek";
  peek.type = "button";
  peek.value = show;
  peek.setAttribute("aria-controls", input.id);
  peek.addEventListener("click", () => {
    const hidden = input.type === "password";
    input.type = hidden ? "text" : "password";
    peek.value = hidden ? hide : show;
  });
  // a shown password is no form entry to remember
  input.form?.addEventListener("submit", () => (input.type = "password"));
  input.replaceWith(box);
  box.append(input, peek);
}

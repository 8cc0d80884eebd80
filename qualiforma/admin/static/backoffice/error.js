// The theme chosen at the desk, where one was: the theme's own script keeps it under this name.
try {
  const theme = JSON.parse(localStorage.getItem("adminTheme"));
  if (theme === "dark" || theme === "light") document.documentElement.className = theme;
} catch {
  // No storage, or not ours: the system's choice stands.
}

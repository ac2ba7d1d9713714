// Theme and language before the first paint: a module runs too late, an inline script is forbidden by the CSP.
{
  let theme, locale
  try {
    theme = localStorage.getItem('lw.theme')
    locale = localStorage.getItem('lw.locale')
  } catch {
    // Storage may be forbidden; then the system's theme and the browser's language hold.
  }
  if (theme !== 'light' && theme !== 'dark') theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
  document.documentElement.dataset.theme = theme
  if (locale !== 'zh' && locale !== 'en') locale = (navigator.languages?.[0] ?? 'zh').toLowerCase().startsWith('zh') ? 'zh' : 'en'
  if (locale === 'en') document.documentElement.lang = 'en'
}

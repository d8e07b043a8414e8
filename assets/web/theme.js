// Sets the colours before the first paint, so that the page does not flash. A plain script for
// that reason: modules run late.
(() => {
  const NAME = 'pocket-tts.theme'
  const dark = matchMedia('(prefers-color-scheme: dark)')

  // Storage may be forbidden; then the choice lasts as long as the page.
  let choice = 'system'
  try {
    choice = localStorage.getItem(NAME) ?? choice
  } catch {}

  const apply = () => {
    const isDark = choice === 'dark' || (choice === 'system' && dark.matches)
    document.documentElement.dataset.theme = isDark ? 'dark' : 'light'
    document.dispatchEvent(new Event('themechange'))
  }

  dark.addEventListener('change', apply)
  apply()

  addEventListener('DOMContentLoaded', () => {
    for (const radio of document.querySelectorAll('input[name=theme]')) {
      radio.checked = radio.value === choice
      radio.addEventListener('change', () => {
        choice = radio.value
        try {
          localStorage.setItem(NAME, choice)
        } catch {}
        apply()
      })
    }
  })
})()

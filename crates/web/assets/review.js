// One key for each thing that a reviewer does; without it there are the buttons.
const press = (id) => document.getElementById(id)?.click()
const open = (id) => {
  const details = document.getElementById(id)
  if (!details) return
  details.open = true
  details.querySelector('select, textarea')?.focus()
}
const keys = { a: () => press('approve'), r: () => open('refuse'), m: () => open('more'), j: () => press('next'), k: () => press('previous') }
let done = false
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return
  if (event.target.closest('input, select, textarea, [contenteditable]')) {
    if (event.key === 'Escape') event.target.blur()
    return
  }
  const deed = keys[event.key.toLowerCase()]
  if (!deed) return
  event.preventDefault()
  deed()
})
// pressing twice does once; the key in the form sees to that as well
document.addEventListener('submit', (event) => {
  if (!event.target.closest('.say-what')) return
  if (done) event.preventDefault()
  done = true
})
addEventListener('pageshow', () => { done = false })

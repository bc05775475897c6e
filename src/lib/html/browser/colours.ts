/** A colour can be typed or picked; each follows the other. */
document.addEventListener('input', (event) => {
  const input = event.target
  if (!(input instanceof HTMLInputElement)) return
  const other = document.getElementById(input.dataset.colour ?? '')
  if (!(other instanceof HTMLInputElement)) return
  if (input.type === 'color' || /^#[0-9a-f]{6}$/i.test(input.value)) other.value = input.value.toLowerCase()
})

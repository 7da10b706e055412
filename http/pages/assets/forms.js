// A form that acts is sent once; its key would make a second one harmless, but not less puzzling.
for (const form of document.querySelectorAll('form[data-sends-once]')) {
  form.addEventListener('submit', (event) => {
    // Stripe's form takes the submit over to make a token first, and sends the form again.
    if (event.defaultPrevented) return;
    for (const button of form.querySelectorAll('button[type=submit]')) button.disabled = true;
  });
}

// Coming back by the browser's back button must not leave a page of dead buttons.
window.addEventListener('pageshow', () => {
  for (const button of document.querySelectorAll('button[type=submit]')) button.disabled = false;
});

// A typed amount counts instead of the buttons, and choosing a button empties it.
const ownAmount = document.querySelector('#own-amount');
if (ownAmount !== null) {
  const buttons = document.querySelectorAll('input[type=radio][name=amount]');
  ownAmount.addEventListener('input', () => {
    for (const button of buttons) button.checked = button.checked && ownAmount.value === '';
  });
  for (const button of buttons) {
    button.addEventListener('change', () => {
      ownAmount.value = '';
    });
  }
}

// The fields of a new card are there only while a new card is chosen.
const newCard = document.querySelector('.new-card');
if (newCard !== null) {
  const choices = document.querySelectorAll('input[type=radio][name=card]');
  const show = () => {
    const chosen = document.querySelector('input[type=radio][name=card]:checked');
    newCard.hidden = chosen !== null && chosen.value !== 'new';
  };
  for (const choice of choices) choice.addEventListener('change', show);
  show();
}

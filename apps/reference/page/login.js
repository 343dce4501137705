const form = document.getElementById('login');
const answer = document.getElementById('answer');
/** The address after it says which request was to be shown. */
const enter = () => location.replace(`/${location.hash}`);

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  answer.textContent = '';
  try {
    const response = await fetch('/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: new FormData(form).get('token') }),
    });
    if (response.ok) enter();
    else answer.textContent = (await response.json()).error;
  } catch {
    answer.textContent = 'The service does not answer.';
  }
});

// A link from another site brings no cookie along, though there is one: then nobody has to log in.
if ((await fetch('/requests')).ok) enter();

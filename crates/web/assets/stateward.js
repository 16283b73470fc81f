// Makes pages quicker; every page works without it. No dependencies, no inline code.
//
//   [data-copy="text"]        a button that copies the text
//   form[data-live="id"]      a search: while one types, the answer's #id replaces the page's
//   form[data-partial="id"]   a form: the answer's #id replaces the page's instead of the whole
//   [data-refresh="seconds"]  a region with an id that is read again while the page is in view,
//                             as are the regions of searches
//   time[data-relative]       stays true while the page is open
//   [data-shortcut="/"]       gets the cursor when that key is pressed
(() => {
  'use strict';
  const root = document.documentElement;
  root.dataset.script = '';

  // Says something to those who listen instead of looking.
  const voice = document.createElement('div');
  voice.className = 'read-out';
  voice.setAttribute('role', 'status');
  document.body.append(voice);
  const say = (text) => { voice.textContent = text; };

  // --- Times ---------------------------------------------------------------
  // The same words as `page::relative` on the server.
  const UNITS = [
    [3570, 60, 'minute'], [84600, 3600, 'hour'], [2548800, 86400, 'day'],
    [31104000, 2592000, 'month'], [Infinity, 31536000, 'year'],
  ];
  const relative = (at) => {
    const distance = Math.round((at - Date.now()) / 1000);
    const seconds = Math.abs(distance);
    if (seconds < 45) return distance > 0 ? 'in a moment' : 'just now';
    const [, size, name] = UNITS.find(([limit]) => seconds < limit);
    const amount = Math.max(1, Math.round(seconds / size));
    const words = `${amount} ${name}${amount === 1 ? '' : 's'}`;
    return distance > 0 ? `in ${words}` : `${words} ago`;
  };
  const tell = () => {
    for (const element of document.querySelectorAll('time[data-relative]')) {
      const words = relative(Date.parse(element.dateTime));
      if (element.textContent !== words) element.textContent = words;
    }
  };
  setInterval(tell, 15000);

  // --- Copying -------------------------------------------------------------
  const copy = async (button) => {
    const label = button.querySelector('span');
    const before = label.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      label.textContent = 'Copied';
      button.dataset.done = '';
      say('Copied');
    } catch {
      // Not allowed here: select the text, so that the keyboard can copy it.
      const code = button.closest('.copyable, .code')?.querySelector('code');
      if (code) getSelection().selectAllChildren(code);
      label.textContent = 'Selected';
    }
    setTimeout(() => { label.textContent = before; delete button.dataset.done; }, 1600);
  };

  // --- Parts of pages ------------------------------------------------------
  // Puts the part `id` of an answer in the place of the page's; false if it has none.
  const put = (text, id) => {
    const answer = new DOMParser().parseFromString(text, 'text/html');
    const [fresh, stale] = [answer.getElementById(id), document.getElementById(id)];
    if (!fresh || !stale) return false;
    stale.replaceWith(document.adoptNode(fresh));
    tell();
    return true;
  };
  const ask = (url, options) =>
    fetch(url, { credentials: 'same-origin', headers: { accept: 'text/html' }, ...options });

  // --- Search --------------------------------------------------------------
  let waiting;
  let latest = 0;
  const search = async (form) => {
    const number = ++latest;
    const url = new URL(form.action);
    for (const [name, value] of new FormData(form)) {
      if (value !== '') url.searchParams.append(name, value);
    }
    const region = document.getElementById(form.dataset.live);
    region?.setAttribute('aria-busy', 'true');
    try {
      const answer = await ask(url);
      const text = await answer.text();
      if (number !== latest) return;
      if (!answer.ok || answer.redirected || !put(text, form.dataset.live)) {
        location.assign(url);
        return;
      }
      history.replaceState(null, '', url);
      const total = document.getElementById(form.dataset.live)?.querySelector('.pages-total');
      say(total ? total.textContent : 'Nothing found');
    } catch {
      region?.removeAttribute('aria-busy');
    }
  };

  // --- Forms that change a part --------------------------------------------
  const send = async (form, submitter) => {
    const body = new URLSearchParams(new FormData(form, submitter));
    submitter?.setAttribute('aria-busy', 'true');
    try {
      const answer = await ask(form.action, { method: 'POST', body });
      const text = await answer.text();
      if (answer.ok && put(text, form.dataset.partial)) return;
      if (answer.redirected) location.assign(answer.url);
      else location.reload();
    } catch {
      submitter?.removeAttribute('aria-busy');
      say('The server can’t be reached');
    }
  };

  // --- Regions that are read again -----------------------------------------
  const refresh = async (region) => {
    if (document.hidden || region.contains(document.activeElement)) return;
    if (region.querySelector('details[open]')) return;
    try {
      // The server need not show again what is not looked at.
      const headers = { accept: 'text/html', 'stateward-part': region.id };
      const answer = await ask(location.href, { headers });
      if (answer.ok && !answer.redirected && region.isConnected) put(await answer.text(), region.id);
    } catch { /* The next turn asks again. */ }
  };
  const refreshed = new Map();
  for (const form of document.querySelectorAll('form[data-live]')) refreshed.set(form.dataset.live, 15);
  for (const region of document.querySelectorAll('[data-refresh][id]')) {
    refreshed.set(region.id, Number(region.dataset.refresh));
  }
  const refreshNow = (id) => {
    const current = document.getElementById(id);
    if (current) refresh(current);
  };
  for (const [id, seconds] of refreshed) setInterval(() => refreshNow(id), seconds * 1000);
  // Whoever comes back to a window sees what is true now.
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) for (const id of refreshed.keys()) refreshNow(id);
  });

  // --- Listening -----------------------------------------------------------
  const openSheets = () => document.querySelectorAll('details.menu[open], details.confirm[open]');
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-copy]');
    if (button) copy(button);
    for (const sheet of openSheets()) {
      if (!sheet.contains(event.target)) sheet.open = false;
    }
  });
  document.addEventListener('input', (event) => {
    const form = event.target.form;
    if (!form?.dataset.live) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => search(form), event.target.type === 'search' ? 180 : 0);
  });
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (form.dataset.live) {
      event.preventDefault();
      clearTimeout(waiting);
      search(form);
    } else if (form.dataset.partial) {
      event.preventDefault();
      send(form, event.submitter);
    }
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      for (const sheet of openSheets()) {
        sheet.open = false;
        sheet.querySelector('summary').focus();
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest('input, textarea, select, [contenteditable]')) return;
    const target = document.querySelector(`[data-shortcut="${CSS.escape(event.key)}"]`);
    if (target) { event.preventDefault(); target.focus(); target.select(); }
  });
})();

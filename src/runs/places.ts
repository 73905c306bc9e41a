/**
 * Moving in the panel by keyboard. What opens in place (runs, and nodes below
 * them) is a button marked as a place; the arrows go from one to the next, as
 * in a tree, and Tab leaves the list.
 */

/** The key of the place that an element is. */
export function placeOf(element: Element): string | null {
  return element.getAttribute('data-mlops-place');
}

/** Handle a key in the list, if it is one that moves. */
export function moveFocus(event: React.KeyboardEvent<HTMLElement>): void {
  const at = event.target as HTMLElement;
  if (placeOf(at) === null || event.altKey || event.ctrlKey || event.metaKey) {
    return;
  }
  const places = Array.from(
    event.currentTarget.querySelectorAll<HTMLElement>('[data-mlops-place]')
  );
  const index = places.indexOf(at);
  const isOpen = at.getAttribute('aria-expanded') === 'true';
  let to: HTMLElement | undefined;
  switch (event.key) {
    case 'ArrowDown':
      to = places[index + 1];
      break;
    case 'ArrowUp':
      to = places[index - 1];
      break;
    case 'Home':
      to = places[0];
      break;
    case 'End':
      to = places.at(-1);
      break;
    case 'ArrowRight':
      if (!isOpen) {
        at.click();
      } else if (isWithin(places[index + 1], at)) {
        to = places[index + 1];
      }
      break;
    case 'ArrowLeft':
      if (isOpen) {
        at.click();
      } else {
        to = places
          .slice(0, index)
          .reverse()
          .find(place => isWithin(at, place));
      }
      break;
    default:
      return;
  }
  event.preventDefault();
  event.stopPropagation();
  to?.focus();
}

/** Whether a place lies below another: a node of a run. */
function isWithin(place: HTMLElement | undefined, above: HTMLElement): boolean {
  const key = place && placeOf(place);
  return key?.startsWith(`${placeOf(above)}/`) ?? false;
}

/** Waits for work whose failure is nobody's concern, and no longer than a time. */
export async function within(millis: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, millis);
  });
  await Promise.race([work.catch(() => undefined), deadline]);
  clearTimeout(timer);
}

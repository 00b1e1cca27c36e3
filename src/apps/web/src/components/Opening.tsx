/** The chat's outline while the session opens, so that nothing jumps when it arrives. */
export function Opening() {
  return (
    <main className="card" aria-busy="true">
      <p className="sr-only" role="status">
        Opening your chat
      </p>
      <div className="flex items-center gap-3 border-line border-b px-4 py-3" aria-hidden="true">
        <div className="skeleton size-11 rounded-2xl" />
        <div className="grid gap-2">
          <div className="skeleton h-4 w-36 rounded-full" />
          <div className="skeleton h-3 w-48 rounded-full" />
        </div>
      </div>
      <ThreadOutline />
    </main>
  );
}

export function ThreadOutline() {
  return (
    <div className="flex flex-1 flex-col justify-end gap-3 px-4 py-6" aria-hidden="true">
      <div className="skeleton h-16 w-3/4 rounded-3xl rounded-bl-lg" />
      <div className="skeleton h-10 w-1/2 self-end rounded-3xl rounded-br-lg" />
      <div className="skeleton h-24 w-4/5 rounded-3xl rounded-bl-lg" />
    </div>
  );
}

import { CarFront, Phone, Sparkles, UserRound } from "lucide-react";
import type { Shop, Speaker } from "../api/types";
import { formatPhone } from "../text/phone";

export function Header(props: {
  shop: Shop;
  vehicle: string | null;
  services: readonly string[];
  speaker: Speaker;
}) {
  const { shop } = props;
  return (
    <header className="z-10 border-line border-b bg-surface pt-[env(safe-area-inset-top)]">
      <div className="flex items-center gap-3 px-4 py-3">
        <Monogram brand={shop.brand} />
        <div className="min-w-0 flex-1">
          <h1 className="truncate font-semibold text-[1.0625rem] text-ink leading-6 tracking-tight">
            {shop.brand}
          </h1>
          <Hours shop={shop} />
        </div>
        <CallLink shop={shop} />
      </div>
      <div className="flex min-h-6 items-center gap-2.5 px-4 pb-2.5">
        <SpeakerLabel speaker={props.speaker} />
        <Subject vehicle={props.vehicle} services={props.services} />
      </div>
    </header>
  );
}

function Monogram({ brand }: { brand: string }) {
  const letters = brand
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word.charAt(0).toUpperCase())
    .join("");
  return (
    <div
      className="grid size-11 shrink-0 place-items-center rounded-2xl bg-monogram font-bold text-[0.9375rem] text-white tracking-wide"
      aria-hidden="true"
    >
      {letters}
    </div>
  );
}

/** Customers must be able to tell at any time that a machine answers here. */
function SpeakerLabel({ speaker }: { speaker: Speaker }) {
  return (
    <span className="flex shrink-0 items-center gap-1">
      <span className="chip">
        <Sparkles className="size-3" aria-hidden="true" />
        AI assistant
      </span>
      {speaker === "staff" && (
        <span className="chip chip-staff">
          <UserRound className="size-3" aria-hidden="true" />+ team
        </span>
      )}
    </span>
  );
}

function Hours({ shop }: { shop: Shop }) {
  const tone = shop.openNow ? "bg-open" : "bg-closed";
  return (
    <p className="flex min-w-0 items-center gap-1.5 text-[0.8125rem] text-muted">
      <span className={`size-2 shrink-0 rounded-full ${tone}`} aria-hidden="true" />
      <span className="shrink-0 font-medium text-ink-soft">{shop.openNow ? "Open" : "Closed"}</span>
      <span className="truncate" title={shop.hoursText}>
        {shop.hoursText}
      </span>
    </p>
  );
}

function CallLink({ shop }: { shop: Shop }) {
  if (shop.phone === null) return null;
  return (
    <a
      href={`tel:${shop.phone}`}
      aria-label={`Call ${shop.brand} at ${formatPhone(shop.phone)}`}
      className="icon-button bg-accent-soft text-accent-ink sm:w-auto sm:gap-2 sm:px-4"
    >
      <Phone className="size-5 sm:size-4" aria-hidden="true" />
      <span className="hidden font-semibold text-sm sm:inline">{formatPhone(shop.phone)}</span>
    </a>
  );
}

function Subject({ vehicle, services }: { vehicle: string | null; services: readonly string[] }) {
  const parts = [vehicle, ...services].filter((part) => part !== null);
  if (parts.length === 0) return null;
  return (
    <p className="flex min-w-0 items-center gap-1.5 text-[0.8125rem] text-muted">
      <CarFront className="size-4 shrink-0" aria-hidden="true" />
      <span className="truncate">
        <span className="sr-only">About: </span>
        {parts.join(" · ")}
      </span>
    </p>
  );
}

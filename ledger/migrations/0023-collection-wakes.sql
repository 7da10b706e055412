-- A collection's run tells until when nothing is to be done, at most a day ahead: one that did not look
-- again by then was lost, whatever it waited for.
alter table collections
  -- the account's own time; null: no run was there yet, or nothing is left to be done
  add column wakes_at timestamptz;
-- those that a run was started for are looked at once
update collections set wakes_at = now() where started_at is not null and ended_at is null;
grant update (wakes_at) on collections to solvent_app;

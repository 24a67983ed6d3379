// What pages gain where scripts run; without them every form and link works as it is.

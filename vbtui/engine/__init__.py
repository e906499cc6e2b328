"""Real bytes: sample disks, snapshot, guest workload, three transports, data movers, repository."""

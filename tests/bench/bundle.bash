# shellcheck shell=bash
# shellcheck disable=SC2154 # root is of the script that reads this
# bundle.bash - the OCI bundle that benchmarks run. Whoever reads it has set root, a root file system.

# json_list PREFIX WORD...: "PREFIXword", "PREFIXword"
json_list() {
    local prefix=$1 separator="" word
    shift
    for word; do
        printf '%s"%s%s"' "$separator" "$prefix" "$word"
        separator=", "
    done
}

# write_config WORD...: the container of launcher's defaults in the words of the OCI runtime-spec, with
# this command
write_config() {
    local args caps masked readonly_paths
    args=$(json_list "" "$@")
    caps=$(json_list CAP_ AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE \
        NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT)
    masked=$(json_list / proc/acpi proc/asound proc/interrupts proc/kcore proc/keys \
        proc/latency_stats proc/sched_debug proc/scsi proc/timer_list proc/timer_stats \
        sys/devices/virtual/powercap sys/firmware)
    readonly_paths=$(json_list /proc/ bus fs irq sys sysrq-trigger)
    cat <<EOF
{
  "ociVersion": "1.0.2",
  "process": {
    "terminal": false, "user": { "uid": 0, "gid": 0 }, "args": [ $args ], "cwd": "/",
    "env": [ "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" ],
    "capabilities": { "bounding": [ $caps ], "effective": [ $caps ], "permitted": [ $caps ] },
    "noNewPrivileges": true
  },
  "root": { "path": "$root", "readonly": false },
  "hostname": "bench",
  "mounts": [
    { "destination": "/proc", "type": "proc", "source": "proc",
      "options": [ "nosuid", "noexec", "nodev" ] },
    { "destination": "/dev", "type": "tmpfs", "source": "tmpfs",
      "options": [ "nosuid", "strictatime", "mode=755", "size=65536k" ] },
    { "destination": "/dev/pts", "type": "devpts", "source": "devpts",
      "options": [ "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5" ] },
    { "destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue",
      "options": [ "nosuid", "noexec", "nodev" ] },
    { "destination": "/dev/shm", "type": "tmpfs", "source": "shm",
      "options": [ "nosuid", "noexec", "nodev", "mode=1777", "size=65536k" ] },
    { "destination": "/sys", "type": "sysfs", "source": "sysfs",
      "options": [ "nosuid", "noexec", "nodev", "ro" ] }
  ],
  "linux": {
    "namespaces": [ { "type": "pid" }, { "type": "mount" }, { "type": "uts" }, { "type": "ipc" },
      { "type": "network" }, { "type": "cgroup" } ],
    "maskedPaths": [ $masked ],
    "readonlyPaths": [ $readonly_paths ]
  }
}
EOF
}

# shellcheck shell=bash
# image.sh - an image without a registry. Its files are in $T.

# mkrootfs DIR TAR: a root file system of busybox, 2 MB
mkrootfs() {
    local root=$1 applet
    mkdir -p "$root"/{bin,sbin,etc,proc,sys,dev,tmp,root,run,home,var/tmp,www}
    cp /bin/busybox "$root/bin/busybox"
    for applet in $(/bin/busybox --list); do
        [ "$applet" = busybox ] || ln -sf busybox "$root/bin/$applet"
    done
    printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'nobody:x:65534:65534::/:/bin/false' \
        'user:x:1000:1000::/home:/bin/sh' >"$root/etc/passwd"
    printf '%s\n' 'root:x:0:' 'nogroup:x:65534:' 'user:x:1000:' >"$root/etc/group"
    chmod 1777 "$root/tmp" "$root/var/tmp"
    echo hello >"$root/www/index.html"
    # A first process that ends with 42 on TERM, and says what else it gets.
    cat >"$root/bin/trapd" <<'S'
#!/bin/sh
trap 'echo got-term; exit 42' TERM
trap 'echo got-usr1' USR1
trap 'echo got-hup' HUP
echo ready
while :; do sleep 0.1; done
S
    chmod 755 "$root/bin/trapd"
    tar -C "$root" --numeric-owner --owner=0 --group=0 -cf "$2" .
}

# mkimage LAYER.tar NAME:TAG OUT.tar CMD ENTRYPOINT: an image as `docker save` writes it; the last two
# are JSON
mkimage() {
    local dir layer config
    dir=$(mktemp -d "$T/image.XXXX")
    cp "$1" "$dir/layer.tar"
    layer=$(sha256sum <"$1" | cut -d' ' -f1)
    jq -nc --arg layer "sha256:$layer" --argjson cmd "$4" --argjson entrypoint "$5" '{
        architecture: "amd64", os: "linux", created: "2020-01-01T00:00:00Z",
        config: { Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            Cmd: $cmd, Entrypoint: $entrypoint },
        rootfs: { type: "layers", diff_ids: [$layer] },
        history: [{ created: "2020-01-01T00:00:00Z", created_by: "mkimage" }] }' >"$dir/config.json"
    config=$(sha256sum <"$dir/config.json" | cut -d' ' -f1).json
    mv "$dir/config.json" "$dir/$config"
    jq -nc --arg config "$config" --arg tag "$2" \
        '[{ Config: $config, RepoTags: [$tag], Layers: ["layer.tar"] }]' >"$dir/manifest.json"
    tar -C "$dir" -cf "$3" .
    rm -rf "$dir"
}

# Prints one line of JSON about the machine that it runs on. It only reads: no file is written and
# no setting is changed. Any POSIX sh will do; what a tool is missing for is left out.
#
# SURVEY_ROOT    where the machine's own / is seen from here; empty on the machine itself
# SURVEY_NODE    the node's name, where a cluster gives one
# SURVEY_REACH   HOST:PORT words, each looked up and connected to
# SURVEY_IMAGES  1: the container runtime is asked for all images

root=${SURVEY_ROOT:-}
LC_ALL=C
export LC_ALL

have() { command -v "$1" >/dev/null 2>&1; }

# A filesystem whose server is gone answers nobody: whoever asks must be stopped from outside.
limit=
if have timeout && timeout -s KILL 2 true 2>/dev/null; then limit='timeout -s KILL'; fi
within() {
  seconds=$1
  shift
  # shellcheck disable=SC2086 # the program and its options
  if [ -n "$limit" ]; then $limit "$seconds" "$@" </dev/null 2>/dev/null; else return 125; fi
}

quoted() { tr -d '\001-\011\013-\037\177' | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g'; }
text() { printf ',"%s":"%s"' "$1" "$(printf '%s' "$2" | quoted | tr -d '\n')"; }
lines() {
  printf ',"%s":[' "$1"
  quoted | sed -e 's/^/"/' -e 's/$/",/' | tr -d '\n'
  printf '""]'
}

# The mounts as they are seen from the machine's root, without those that hold nobody's data.
mounts() {
  if [ -n "$root" ]; then
    sed -n -e "s#^\([^ ]* [^ ]* [^ ]* [^ ]* \)$root\(/[^ ]*\) #\1\2 #p" -e t \
      -e "s#^\([^ ]* [^ ]* [^ ]* [^ ]* \)$root #\1/ #p" /proc/self/mountinfo
    return
  fi
  for process in "$(cat /run/docker.pid 2>/dev/null)" 1 self; do
    [ -n "$process" ] || continue
    [ "$process" = 1 ] || [ "$process" = self ] ||
      [ "$(cat "/proc/$process/comm" 2>/dev/null)" = dockerd ] || continue
    table=$(cat "/proc/$process/mountinfo" 2>/dev/null)
    if [ -n "$table" ]; then
      printf '%s\n' "$table"
      return
    fi
  done
}
kernel_types='proc|sysfs|cgroup2?|devpts|devtmpfs|mqueue|securityfs|debugfs|tracefs|pstore|bpf'
kernel_types="$kernel_types|configfs|fusectl|hugetlbfs|binfmt_misc|efivarfs|rpc_pipefs|nsfs|squashfs"
of_runtime='/var/lib/kubelet/pods|/run/containerd|/run/k3s|/run/netns|/run/docker|/run/user|/snap'
of_runtime="$of_runtime|/var/lib/docker/[a-z0-9]+|/var/lib/containers/storage/[a-z-]+"
data_mounts() {
  mounts | grep -Ev " - ($kernel_types) " |
    grep -Ev "^[^ ]+ [^ ]+ [^ ]+ [^ ]+ (/var)?($of_runtime)/"
}

# For each mount: block size, blocks, free blocks, and its point as the table spells it.
spaces() {
  stuck=0
  printf '%s\n' "$table" | while read -r _ _ _ _ point _; do
    [ "$stuck" -lt 4 ] || continue
    path=$root$(printf '%b' "$(printf '%s' "$point" | sed 's/\\/\\0/g')")
    within 3 stat -f -c "%S %b %a $point" "$path"
    [ $? -lt 126 ] || stuck=$((stuck + 1))
  done
}

# Symbolic links that lead to other places, two folders deep on each mount: the link, then its aim.
links() {
  printf '%s\n' "$table" | while read -r _ _ _ _ point _; do
    case $point in /dev | /dev/* | /run | /run/* | /boot | /boot/* | *\\*) continue ;; esac
    within 5 find "$root$point" -xdev -maxdepth 2 -type l
  done | sed "s#^$root/*#/#" | grep -Ev '^/(bin|boot|dev|etc|lib|lib32|lib64|proc|run|sbin|sys|usr)/' |
    head -n 400 | while read -r link; do
    aim=$(within 3 readlink "$root$link") && printf '%s\n%s\n' "$link" "$aim"
  done
}

release() {
  for file in "$root/etc/os-release" "$root/usr/lib/os-release"; do
    if [ -r "$file" ]; then
      grep -E '^(ID|VERSION_ID|PRETTY_NAME)=' "$file"
      return
    fi
  done
}

control_groups() {
  if [ -e "$root/sys/fs/cgroup/cgroup.controllers" ]; then
    echo 2
  elif [ -d "$root/sys/fs/cgroup/unified" ]; then
    echo hybrid
  elif [ -d "$root/sys/fs/cgroup/memory" ]; then
    echo 1
  fi
}

# Where the runtime keeps images: the first of the usual folders.
image_folder() {
  for folder in /var/lib/rancher/k3s/agent/containerd /var/lib/containerd \
    /var/lib/containers/storage /var/lib/docker; do
    if [ -d "$root$folder" ]; then
      echo "$folder"
      return
    fi
  done
}

infiniband() {
  for port in "$root"/sys/class/infiniband/*/ports/*; do
    [ -e "$port/link_layer" ] || continue
    device=${port%/ports/*}
    printf '%s %s %s\n' "${device##*/}" "$(cat "$port/link_layer")" "$(cat "$port/rate" 2>/dev/null)"
  done
}

gpus() {
  [ -d /proc/driver/nvidia/gpus ] || return
  set -- /proc/driver/nvidia/gpus/*
  if [ -e "$1" ]; then echo "$#"; else echo 0; fi
}

cuda() {
  have nvidia-smi && within 20 nvidia-smi | sed -n 's/.*CUDA Version: *\([0-9.]*\).*/\1/p'
}

# What an exit code says of a question: yes, no, or ? where nobody was there to ask.
answer() { case $1 in 0) echo yes ;; 125 | 126 | 127) echo '?' ;; *) echo no ;; esac }
known() {
  case $1 in
    *:*) echo yes ;;
    *[!0-9.]*)
      if have getent; then
        within 10 getent hosts "$1" >/dev/null
      else
        within 10 nslookup "$1" >/dev/null
      fi
      answer $?
      ;;
    *) echo yes ;;
  esac
}
takes() {
  if have bash; then
    # shellcheck disable=SC2016 # for the other shell
    within 6 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2"
  elif have nc && ! nc -z 2>&1 | grep -qi -e invalid -e unrecognized; then
    within 6 nc -z -w 5 "$1" "$2"
  else
    within 1 no-such-program
  fi
  answer $?
}
# Each target with: whether its name is known, and whether its port takes a connection.
reach() {
  for target in ${SURVEY_REACH:-}; do
    host=${target%:*}
    host=${host#[}
    host=${host%]}
    found=$(known "$host")
    open=no
    if [ "$found" != no ]; then open=$(takes "$host" "${target##*:}"); fi
    printf '%s %s %s\n' "$target" "$found" "$open"
  done
}

# All images: a kubelet tells the API server of fifty.
images() {
  socket=
  for one in /run/containerd/containerd.sock /run/crio/crio.sock /run/k3s/containerd/containerd.sock; do
    if [ -S "$root$one" ]; then socket=$root$one && break; fi
  done
  [ -n "$socket" ] || return
  for folder in "" "$root/usr/bin/" "$root/usr/local/bin/" "$root/opt/bin/" \
    "$root/home/kubernetes/bin/" "$root/var/lib/rancher/rke2/bin/"; do
    program=${folder}crictl
    have "$program" || continue
    within 30 "$program" --runtime-endpoint "unix://$socket" images -o json && return
  done
}

# What the engine holds. No value of a variable leaves the machine but those that say which GPUs and
# which CUDA, and no word of a command, label or driver option: any of them may be a secret.
kept='CUDA_VERSION NVIDIA_REQUIRE_CUDA NVIDIA_VISIBLE_DEVICES NVIDIA_DRIVER_CAPABILITIES'
kept="$kept HABANA_VISIBLE_DEVICES AMD_VISIBLE_DEVICES PATH TERM container"
# shellcheck disable=SC2016 # the dollars are the template's own
variables() {
  printf '"Env":[{{range index .Config "Env"}}{{$p := split . "="}}{{$n := index $p 0}}{{if or'
  for name in $kept; do printf ' (eq $n "%s")' "$name"; done
  printf '}}{{json .}}{{else if and (gt (len $p) 1) (ne (index $p 1) "")}}'
  printf '{{json (printf "%%s=[not read]" $n)}}{{else}}{{json $n}}{{end}},{{end}}""]'
}
words() { printf '"%s":{{if index .Config "%s"}}["[redacted]"]{{else}}[]{{end}},' "$1" "$1"; }
fields() {
  where=$1
  shift
  for name in "$@"; do printf '"%s":{{json (index %s "%s")}},' "$name" "$where" "$name"; done
}
container_form() {
  printf '{'
  fields . Id Name Created Image Mounts SizeRw
  printf '"State":{%s"Status":{{json .State.Status}}},"Config":{' "$(fields .State FinishedAt)"
  fields .Config User WorkingDir Tty OpenStdin Image
  printf '"Labels":{ {{with .Config.Labels}}{{with index . "%s"}}"%s":{{json .}}{{end}}{{end}}},' \
    io.kubernetes.pod.name io.kubernetes.pod.name
  words Cmd
  words Entrypoint
  variables
  printf '},"HostConfig":{'
  fields .HostConfig Memory NanoCpus CpuQuota CpuPeriod CpusetCpus ShmSize Ulimits RestartPolicy \
    AutoRemove Runtime Privileged NetworkMode PidMode IpcMode CapAdd Devices DeviceRequests \
    PortBindings Tmpfs
  printf '"end":0}}'
}
image_form() {
  printf '{'
  fields . Id RepoTags RepoDigests Size Architecture Os RootFS Created
  printf '"Config":{'
  fields .Config User
  variables
  printf '}}'
}
# shellcheck disable=SC2016
volume_form() {
  printf '{"Name":{{json .Name}},"Driver":{{json .Driver}},"Mountpoint":{{json .Mountpoint}},"Options":{{if .Options}}'
  printf '{{$t := index .Options "type"}}{"type":{{json $t}}{{if or (eq $t "nfs") (eq $t "nfs4")}}'
  printf ',"device":{{json (index .Options "device")}}{{else if eq $t "none"}}'
  printf ',"device":{{json (index .Options "device")}},"o":"bind"{{end}}}{{else}}{}{{end}}}'
}
info_form() {
  printf '{'
  for name in Name Driver DriverStatus OperatingSystem KernelVersion Architecture NCPU MemTotal \
    Runtimes DefaultRuntime DockerRootDir ServerVersion; do
    printf '"%s":{{json .%s}},' "$name" "$name"
  done
  printf '"ID":{{json .ID}}}'
}
inspected() {
  key=$1
  kind=$2
  form=$3
  shift 3
  [ "$#" = 0 ] || within 60 docker "$kind" inspect --format "$form" "$@" | lines "$key"
}
engine() {
  have docker || return
  within 20 docker info --format "$(info_form)" >/dev/null || return
  within 20 docker version --format '{"Version":{{json .Server.Version}},"ApiVersion":{{json .Server.APIVersion}}}' |
    lines engine_version
  within 20 docker info --format "$(info_form)" | lines engine_info
  # Ids and names of volumes have no blanks.
  # shellcheck disable=SC2046
  {
    inspected containers container "$(container_form)" $(within 20 docker ps -aq --no-trunc)
    inspected engine_images image "$(image_form)" $(within 20 docker images -q --no-trunc | sort -u)
    inspected volumes volume "$(volume_form)" $(within 20 docker volume ls -q)
  }
}

survey() {
  table=$(data_mounts)
  printf '{"advisor_survey":1'
  text node "${SURVEY_NODE:-}"
  text name "$(uname -n)"
  text time "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
  text kernel "$(uname -r)"
  text architecture "$(uname -m)"
  text cgroup "$(control_groups)"
  text driver "$(head -n 1 /proc/driver/nvidia/version 2>/dev/null)"
  text gpus "$(gpus)"
  text image_folder "$(image_folder)"
  release | lines release
  infiniband | lines infiniband
  printf '%s\n' "$table" | lines mounts
  spaces | lines spaces
  links | lines links
  reach | lines reach
  if [ -n "${SURVEY_IMAGES:-}" ]; then images | lines images; fi
  if [ -z "$root" ]; then
    text cuda "$(cuda)"
    ip -o addr show 2>/dev/null | lines addresses
    engine
  fi
  printf ',"end":1}\n'
}

survey

# Writes the effective firewall rules of this Windows machine, with their filters, as one JSON document.
#
#   powershell -ExecutionPolicy Bypass -File collect.ps1 > rules.json
#
# It only reads. Run it as administrator, so that rules from group policy are in the active store.
# Every kind of filter is fetched once and joined to the rules by InstanceID: asking per rule takes minutes.

$ErrorActionPreference = 'Stop'
$store = 'ActiveStore'

function Get-ById($filters) {
    $found = @{}
    foreach ($filter in $filters) { $found[$filter.InstanceID] = $filter }
    return $found
}

# Each value becomes a string: enumerations would be numbers in JSON, and their numbers differ between versions.
function Get-Words($values) {
    return , @(@($values) | Where-Object { $null -ne $_ } | ForEach-Object { "$_" })
}

$ports = Get-ById (Get-NetFirewallPortFilter -PolicyStore $store)
$addresses = Get-ById (Get-NetFirewallAddressFilter -PolicyStore $store)
$applications = Get-ById (Get-NetFirewallApplicationFilter -PolicyStore $store)
$services = Get-ById (Get-NetFirewallServiceFilter -PolicyStore $store)
$interfaces = Get-ById (Get-NetFirewallInterfaceFilter -PolicyStore $store)
$interfaceTypes = Get-ById (Get-NetFirewallInterfaceTypeFilter -PolicyStore $store)
$securities = Get-ById (Get-NetFirewallSecurityFilter -PolicyStore $store)

$rules = foreach ($rule in Get-NetFirewallRule -PolicyStore $store) {
    $id = $rule.InstanceID
    $port = $ports[$id]
    $address = $addresses[$id]
    $application = $applications[$id]
    $service = $services[$id]
    $interface = $interfaces[$id]
    $interfaceType = $interfaceTypes[$id]
    $security = $securities[$id]
    [pscustomobject]@{
        id = "$id"
        name = "$($rule.DisplayName)"
        group = "$($rule.DisplayGroup)"
        enabled = "$($rule.Enabled)"
        direction = "$($rule.Direction)"
        action = "$($rule.Action)"
        profile = "$($rule.Profile)"
        edge = "$($rule.EdgeTraversalPolicy)"
        protocol = "$($port.Protocol)"
        localPort = Get-Words $port.LocalPort
        remotePort = Get-Words $port.RemotePort
        dynamicTarget = "$($port.DynamicTarget)"
        localAddress = Get-Words $address.LocalAddress
        remoteAddress = Get-Words $address.RemoteAddress
        program = "$($application.Program)"
        package = "$($application.Package)"
        service = "$($service.Service)"
        interface = Get-Words $interface.InterfaceAlias
        interfaceType = "$($interfaceType.InterfaceType)"
        authentication = "$($security.Authentication)"
        encryption = "$($security.Encryption)"
        overrideBlockRules = "$($security.OverrideBlockRules)"
        localUser = "$($security.LocalUser)"
        remoteUser = "$($security.RemoteUser)"
        remoteMachine = "$($security.RemoteMachine)"
    }
}

$profiles = foreach ($one in Get-NetFirewallProfile -PolicyStore $store) {
    [pscustomobject]@{
        name = "$($one.Name)"
        enabled = "$($one.Enabled)"
        defaultInbound = "$($one.DefaultInboundAction)"
        defaultOutbound = "$($one.DefaultOutboundAction)"
        allowInboundRules = "$($one.AllowInboundRules)"
    }
}

[pscustomobject]@{
    format = 'vbtui-windows-firewall'
    version = 1
    computer = $env:COMPUTERNAME
    active = Get-Words @(Get-NetConnectionProfile | Select-Object -ExpandProperty NetworkCategory -Unique)
    profiles = @($profiles)
    rules = @($rules)
} | ConvertTo-Json -Depth 6

package io.patchbay.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TextFormat;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.patchbay.api.connection.ConnectionOuterClass;
import io.patchbay.api.connection.MonitorConnectionGrpc;
import io.patchbay.api.connectioncontext.Connectioncontext;
import io.patchbay.api.deviceplugin.DevicePluginGrpc;
import io.patchbay.api.deviceplugin.Deviceplugin;
import io.patchbay.api.dra.DRAPluginGrpc;
import io.patchbay.api.dra.Dra;
import io.patchbay.api.etcd.AuthGrpc;
import io.patchbay.api.etcd.Etcd;
import io.patchbay.api.etcd.KVGrpc;
import io.patchbay.api.fabric.FabricGrpc;
import io.patchbay.api.fabric.FabricOuterClass;
import io.patchbay.api.ipam.IPAMGrpc;
import io.patchbay.api.ipam.Ipam;
import io.patchbay.api.networkservice.NetworkServiceGrpc;
import io.patchbay.api.networkservice.NetworkServiceProto;
import io.patchbay.api.pluginregistration.Pluginregistration;
import io.patchbay.api.podresources.PodResourcesListerGrpc;
import io.patchbay.api.podresources.Podresources;
import io.patchbay.api.registry.NetworkServiceEndpointRegistryGrpc;
import io.patchbay.api.registry.NetworkServiceRegistryGrpc;
import io.patchbay.api.registry.RegistryProto;
import io.patchbay.api.vf.VirtualFunctionsGrpc;
import io.patchbay.api.vf.VirtualFunctionsOuterClass;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The messages have the bytes, and the services the names, that peers know. */
class WireTest {
  record Row(String name, String text, String bytes) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static final List<FileDescriptor> FILES =
      List.of(
          ConnectionOuterClass.getDescriptor(),
          Connectioncontext.getDescriptor(),
          NetworkServiceProto.getDescriptor(),
          RegistryProto.getDescriptor(),
          Ipam.getDescriptor(),
          Deviceplugin.getDescriptor(),
          Podresources.getDescriptor(),
          Pluginregistration.getDescriptor(),
          Dra.getDescriptor(),
          Etcd.getDescriptor(),
          FabricOuterClass.getDescriptor(),
          VirtualFunctionsOuterClass.getDescriptor());

  static final Map<String, Descriptor> MESSAGES =
      FILES.stream()
          .flatMap(file -> file.getMessageTypes().stream())
          .collect(Collectors.toMap(Descriptor::getFullName, d -> d, (a, b) -> a, TreeMap::new));

  static List<Row> rows() throws IOException {
    try (InputStream in = WireTest.class.getResourceAsStream("wire.txt")) {
      List<String> lines =
          new String(in.readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .filter(line -> !line.startsWith("#"))
              .toList();
      List<Row> rows = new ArrayList<>();
      for (int i = 0; i + 2 < lines.size(); i++) {
        if (!lines.get(i).isBlank() && !lines.get(i).startsWith(" ")) {
          rows.add(new Row(lines.get(i), lines.get(i + 1), lines.get(i + 2)));
        }
      }
      return rows;
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  void messageHasTheseBytes(Row row)
      throws TextFormat.ParseException, InvalidProtocolBufferException {
    Descriptor type = MESSAGES.get(row.name());
    DynamicMessage.Builder expected = DynamicMessage.newBuilder(type);
    TextFormat.merge(row.text(), expected);
    ByteString bytes = bytes(row.bytes());
    assertEquals(expected.build(), DynamicMessage.parseFrom(type, bytes), "decoded");
    assertEquals(bytes, expected.build().toByteString(), "encoded");
    assertFalse(
        DynamicMessage.parseFrom(type, bytes).getUnknownFields().asMap().size() > 0, "unknown");
  }

  @Test
  void everyMessageAndEveryFieldIsInTheTable() throws IOException, TextFormat.ParseException {
    Set<String> missing = new TreeSet<>(MESSAGES.keySet());
    for (Row row : rows()) {
      DynamicMessage.Builder message = DynamicMessage.newBuilder(MESSAGES.get(row.name()));
      TextFormat.merge(row.text(), message);
      if (message.getAllFields().size() == message.getDescriptorForType().getFields().size()) {
        missing.remove(row.name());
      }
    }
    assertEquals(Set.of(), missing);
  }

  private static final Pattern TOKEN = Pattern.compile("\"([^\"]*)\"|([0-9a-f]{2})");

  private static ByteString bytes(String text) {
    ByteString.Output out = ByteString.newOutput();
    Matcher token = TOKEN.matcher(text);
    while (token.find()) {
      byte[] part =
          token.group(1) != null
              ? token.group(1).getBytes(StandardCharsets.UTF_8)
              : HexFormat.of().parseHex(token.group(2));
      out.write(part, 0, part.length);
    }
    return out.toByteString();
  }

  static Stream<String> methods() {
    return Stream.of(
            NetworkServiceGrpc.getServiceDescriptor(),
            MonitorConnectionGrpc.getServiceDescriptor(),
            NetworkServiceRegistryGrpc.getServiceDescriptor(),
            NetworkServiceEndpointRegistryGrpc.getServiceDescriptor(),
            IPAMGrpc.getServiceDescriptor(),
            io.patchbay.api.deviceplugin.RegistrationGrpc.getServiceDescriptor(),
            DevicePluginGrpc.getServiceDescriptor(),
            PodResourcesListerGrpc.getServiceDescriptor(),
            FabricGrpc.getServiceDescriptor(),
            KVGrpc.getServiceDescriptor(),
            AuthGrpc.getServiceDescriptor(),
            VirtualFunctionsGrpc.getServiceDescriptor(),
            DRAPluginGrpc.getServiceDescriptor(),
            io.patchbay.api.dra.v1beta1.DRAPluginGrpc.getServiceDescriptor(),
            io.patchbay.api.pluginregistration.RegistrationGrpc.getServiceDescriptor())
        .map(ServiceDescriptor::getMethods)
        .flatMap(methods -> methods.stream())
        .map(method -> "/" + method.getFullMethodName() + " " + kind(method));
  }

  private static String kind(MethodDescriptor<?, ?> method) {
    return method.getType().toString();
  }

  @Test
  void servicesAreCalledAsPeersCallThem() {
    assertEquals(
        """
        /connection.MonitorConnection/MonitorConnections SERVER_STREAMING
        /etcdserverpb.Auth/Authenticate UNARY
        /etcdserverpb.KV/Range UNARY
        /etcdserverpb.KV/Txn UNARY
        /ipam.IPAM/ManagePrefixes BIDI_STREAMING
        /k8s.io.kubelet.pkg.apis.dra.v1.DRAPlugin/NodePrepareResources UNARY
        /k8s.io.kubelet.pkg.apis.dra.v1.DRAPlugin/NodeUnprepareResources UNARY
        /k8s.io.kubelet.pkg.apis.dra.v1beta1.DRAPlugin/NodePrepareResources UNARY
        /k8s.io.kubelet.pkg.apis.dra.v1beta1.DRAPlugin/NodeUnprepareResources UNARY
        /networkservice.NetworkService/Close UNARY
        /networkservice.NetworkService/Request UNARY
        /patchbay.fabric.v1.Fabric/Diff UNARY
        /patchbay.fabric.v1.Fabric/Get UNARY
        /patchbay.fabric.v1.Fabric/History UNARY
        /patchbay.fabric.v1.Fabric/Try UNARY
        /patchbay.vf.v1.VirtualFunctions/Release UNARY
        /patchbay.vf.v1.VirtualFunctions/ReportInUse UNARY
        /patchbay.vf.v1.VirtualFunctions/Reserve UNARY
        /patchbay.vf.v1.VirtualFunctions/Watch SERVER_STREAMING
        /pluginregistration.Registration/GetInfo UNARY
        /pluginregistration.Registration/NotifyRegistrationStatus UNARY
        /registry.NetworkServiceEndpointRegistry/Find SERVER_STREAMING
        /registry.NetworkServiceEndpointRegistry/Register UNARY
        /registry.NetworkServiceEndpointRegistry/Unregister UNARY
        /registry.NetworkServiceRegistry/Find SERVER_STREAMING
        /registry.NetworkServiceRegistry/Register UNARY
        /registry.NetworkServiceRegistry/Unregister UNARY
        /v1.PodResourcesLister/Get UNARY
        /v1.PodResourcesLister/GetAllocatableResources UNARY
        /v1.PodResourcesLister/List UNARY
        /v1beta1.DevicePlugin/Allocate UNARY
        /v1beta1.DevicePlugin/GetDevicePluginOptions UNARY
        /v1beta1.DevicePlugin/GetPreferredAllocation UNARY
        /v1beta1.DevicePlugin/ListAndWatch SERVER_STREAMING
        /v1beta1.DevicePlugin/PreStartContainer UNARY
        /v1beta1.Registration/Register UNARY
        """,
        methods().sorted().collect(Collectors.joining("\n", "", "\n")));
  }
}
